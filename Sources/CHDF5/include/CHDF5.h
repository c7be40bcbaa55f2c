// A thin shim over HDF5. hdf5.h stays in the .c files: its type constants are macros that Swift
// cannot read, and its handles are then plain integers on the Swift side.
//
// Every function returns 0 on success and -1 on failure; chdf5_error_message() then says why, in
// HDF5's own words. HDF5's error printing is switched off. Calls are serialised by one mutex, because
// HDF5 is often built without thread safety. On failure everything a call opened is closed again.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Element types. Complex numbers are compounds {r, i}, which h5py reads as complex64 and complex128.
enum {
  CHDF5_INT8 = 0,
  CHDF5_INT32 = 1,
  CHDF5_INT64 = 2,
  CHDF5_UINT64 = 3,
  CHDF5_FLOAT32 = 4,
  CHDF5_FLOAT64 = 5,
  CHDF5_COMPLEX64 = 6,
  CHDF5_COMPLEX128 = 7,
  CHDF5_STRING = 8,
  CHDF5_OTHER = 9
};

enum { CHDF5_ABSENT = 0, CHDF5_GROUP = 1, CHDF5_DATASET = 2, CHDF5_UNKNOWN_OBJECT = 3 };

enum { CHDF5_MAXIMUM_RANK = 32 };

// The reason for the last failure on this thread. Valid until the next call on this thread.
const char *chdf5_error_message(void);
int chdf5_library_version(unsigned *major, unsigned *minor, unsigned *release);

// Files. A created file must not exist yet. An in-memory file never touches the disk: its bytes are
// fetched with chdf5_file_image (with buffer NULL: only the size).
int chdf5_create_file(const char *path, int64_t *file);
int chdf5_open_file(const char *path, int64_t *file);
int chdf5_create_in_memory(int64_t *file);
int chdf5_open_image(const void *bytes, size_t size, int64_t *file);
int chdf5_file_image(int64_t file, void *buffer, size_t capacity, size_t *size);
int chdf5_file_size(int64_t file, uint64_t *size);
int chdf5_close_file(int64_t file);

// Objects. Missing groups along a path are created.
int chdf5_object_kind(int64_t file, const char *path, int *kind);
int chdf5_create_group(int64_t file, const char *path);
int chdf5_child_count(int64_t file, const char *group, uint64_t *count);
// Children are in order of their names. A name longer than capacity - 1 is a failure.
int chdf5_child_name(int64_t file, const char *group, uint64_t index, char *buffer, size_t capacity);

// Datasets. rank 0 is a scalar. dimensions holds CHDF5_MAXIMUM_RANK numbers on return of _info.
int chdf5_dataset_info(int64_t file, const char *path, int *element, int *rank, uint64_t *dimensions);
int chdf5_write_dataset(int64_t file, const char *path, int element, int rank, const uint64_t *dimensions,
                        const void *values);
int chdf5_read_dataset(int64_t file, const char *path, int element, uint64_t count, void *values);
// Strings travel as one text: each string followed by a NUL. A text that was read is released with
// chdf5_free; limit bounds the bytes the strings may take.
int chdf5_write_strings(int64_t file, const char *path, int rank, uint64_t count, const char *text, size_t length);
int chdf5_read_strings(int64_t file, const char *path, uint64_t count, size_t limit, char **text, size_t *length);
void chdf5_free(void *pointer);

// Scalar attributes of the object at path.
int chdf5_attribute_info(int64_t file, const char *path, const char *name, int *exists, int *element);
int chdf5_attribute_count(int64_t file, const char *path, uint64_t *count);
int chdf5_attribute_name(int64_t file, const char *path, uint64_t index, char *buffer, size_t capacity);
int chdf5_write_attribute(int64_t file, const char *path, const char *name, int element, const void *value);
int chdf5_read_attribute(int64_t file, const char *path, const char *name, int element, void *value);
int chdf5_write_string_attribute(int64_t file, const char *path, const char *name, const char *value);
int chdf5_read_string_attribute(int64_t file, const char *path, const char *name, size_t limit, char **text,
                                size_t *length);
