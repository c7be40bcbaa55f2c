// String elements, which HDF5 stores with fixed or variable length, in datasets and attributes alike.
#pragma once
#include "library.h"

// Pointers to the count strings of a text in which each is followed by a NUL; NULL if it holds
// another number of strings. Released with chdf5_free.
CHDF5_HIDDEN const char **chdf5_split_text(const char *text, size_t length, uint64_t count);

// Reads all strings of a dataset or attribute into one text, each followed by a NUL.
CHDF5_HIDDEN int chdf5_read_text(hid_t object, bool attribute, uint64_t count, size_t limit, char **text,
                                 size_t *length);
