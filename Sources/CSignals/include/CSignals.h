// Requests to end, by signal. The handlers only note that a signal came; the program looks between two steps.

#pragma once

// Notes SIGTERM, SIGINT and SIGUSR1 from now on, and lets writing to a closed pipe or beyond the limit on the size
// of files fail with an error instead of a signal. A second signal ends the process at once with `exit_status`.
//
// Batch systems and launchers both pass a signal on, so that a process may get one request twice: a signal from its
// parent and one from elsewhere within 3 s of each other are one.
//
// Returns 0, or -1 with errno set.
int csignals_install(int exit_status);

// The first signal that came; 0 for none.
int csignals_received(void);
