#include "CSignals.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

// Handlers may run on several threads at a time. Lock-free, hence safe in a handler.
static atomic_llong first_time;
static atomic_int first_signal;
static atomic_int first_sender;
static atomic_int status_at_once;

static const long long relay_window = 3000000000LL;

// Never 0.
static long long nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec + 1;
}

static void note(int number, siginfo_t *information, void *context) {
  (void)context;
  int saved = errno;
  // 0 stands for no signal yet; nobody's process is −1.
  int sender = information && information->si_pid != 0 ? information->si_pid : -1;
  long long now = nanoseconds();
  int first = 0;
  if (atomic_compare_exchange_strong(&first_sender, &first, sender)) {
    atomic_store(&first_time, now);
    atomic_store(&first_signal, number);
  } else {
    // A launcher, the parent, relays what came directly, too. Either may come first: another thread's handler can
    // overtake the one that was called before. The first one's time may still be about to be written.
    int parent = getppid();
    long long since = atomic_load(&first_time);
    int is_relayed = (sender == parent) != (first == parent) && (since == 0 || now - since < relay_window);
    if (!is_relayed) _exit(atomic_load(&status_at_once));
  }
  errno = saved;
}

int csignals_install(int exit_status) {
  atomic_store(&status_at_once, exit_status);
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  struct sigaction ignore = {.sa_handler = SIG_IGN};
  sigemptyset(&ignore.sa_mask);
  static const int noted[] = {SIGTERM, SIGINT, SIGUSR1};
  static const int ignored[] = {SIGPIPE, SIGXFSZ};
  for (size_t i = 0; i < sizeof noted / sizeof *noted; i++)
    if (sigaction(noted[i], &action, NULL) != 0) return -1;
  for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
    if (sigaction(ignored[i], &ignore, NULL) != 0) return -1;
  return 0;
}

int csignals_received(void) { return atomic_load(&first_signal); }
