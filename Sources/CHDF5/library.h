// What the shim's files share: the lock, the error text, handles that close themselves, element types.
#pragma once
#include "CHDF5.h"
#include <hdf5.h>
#include <stdbool.h>

#define CHDF5_HIDDEN __attribute__((visibility("hidden")))

// Takes the lock, silences and clears HDF5's error stack.
CHDF5_HIDDEN int chdf5_enter(void);
CHDF5_HIDDEN void chdf5_leave(int *entered);
// Released on every way out of the function, after the handles declared below it.
#define ENTER __attribute__((cleanup(chdf5_leave), unused)) int entered = chdf5_enter()

CHDF5_HIDDEN void chdf5_close_handle(hid_t *handle);
#define HANDLE __attribute__((cleanup(chdf5_close_handle))) hid_t

// Keeps the innermost message of HDF5's error stack and returns -1.
CHDF5_HIDDEN int chdf5_fail(void);
// Keeps a message of our own and returns -1.
CHDF5_HIDDEN int chdf5_fail_with(const char *message);

// A datatype handle the caller closes, or negative.
CHDF5_HIDDEN hid_t chdf5_memory_type(int element);
CHDF5_HIDDEN hid_t chdf5_variable_string_type(void);
CHDF5_HIDDEN int chdf5_classify(hid_t type);
// Intermediate groups are made; names are UTF-8.
CHDF5_HIDDEN hid_t chdf5_link_creation(void);
