// Counts what is taken from the heap by a program that links this: malloc, calloc, realloc and their aligned kin,
// from whatever library they are called.
#pragma once

/// Whether this platform lets allocations be counted (the GNU C library does).
int allocations_are_counted(void);

/// Allocations of this process so far, of all threads.
long allocation_count(void);
