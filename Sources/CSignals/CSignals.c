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
    int sender = information ? information->si_pid : 0;
    long long now = nanoseconds();
    long long none = 0;
    if (atomic_compare_exchange_strong(&first_time, &none, now)) {
        atomic_store(&first_sender, sender);
        atomic_store(&first_signal, number);
    } else {
        // `none` now holds the time of the first one.
        int parent = getppid();
        int is_relayed = sender == parent && atomic_load(&first_sender) != parent && now - none < relay_window;
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
