#include "text.h"
#include <stdlib.h>
#include <string.h>

const char **chdf5_split_text(const char *text, size_t length, uint64_t count) {
  if (count > length) return NULL;
  const char **pointers = malloc((count + 1) * sizeof *pointers);
  if (!pointers) return NULL;
  size_t start = 0;
  for (uint64_t index = 0; index < count; index++) {
    const char *end = start < length ? memchr(text + start, 0, length - start) : NULL;
    if (!end) {
      free(pointers);
      return NULL;
    }
    pointers[index] = text + start;
    start = (size_t)(end - text) + 1;
  }
  if (start != length) {
    free(pointers);
    return NULL;
  }
  return pointers;
}

// Joins count strings of at most width bytes each (NULL counts as empty) into one text.
static int join(const char *const *pointers, uint64_t count, size_t width, size_t limit, char **text,
                size_t *length) {
  size_t total = 0;
  for (uint64_t index = 0; index < count; index++) {
    total += (pointers[index] ? strnlen(pointers[index], width) : 0) + 1;
    if (total > limit) return chdf5_fail_with("strings longer than the file that holds them");
  }
  char *joined = malloc(total ? total : 1);
  if (!joined) return chdf5_fail_with("out of memory");
  size_t position = 0;
  for (uint64_t index = 0; index < count; index++) {
    size_t size = pointers[index] ? strnlen(pointers[index], width) : 0;
    if (size) memcpy(joined + position, pointers[index], size);
    joined[position + size] = 0;
    position += size + 1;
  }
  *text = joined;
  *length = total;
  return 0;
}

// Memory for strings while HDF5 reads them, refused beyond a limit: their lengths are the file's claim.
typedef struct {
  size_t remaining;
} allowance;

static void *allocate_within(size_t size, void *context) {
  allowance *allowed = context;
  if (size > allowed->remaining) return NULL;
  allowed->remaining -= size;
  return malloc(size ? size : 1);
}

static void release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static int read_variable(hid_t object, bool attribute, hid_t type, hid_t space, uint64_t count,
                         size_t limit, char **text, size_t *length) {
  // HDF5 adds a NUL to each string.
  allowance allowed = {count > SIZE_MAX - limit ? SIZE_MAX : limit + count};
  HANDLE transfer = H5Pcreate(H5P_DATASET_XFER);
  if (transfer < 0 ||
      H5Pset_vlen_mem_manager(transfer, allocate_within, &allowed, release, NULL) < 0)
    return chdf5_fail();
  char **pointers = calloc(count, sizeof *pointers);
  if (!pointers) return chdf5_fail_with("out of memory");
  // H5Aread takes no transfer properties; an attribute's strings come from HDF5's own allocator.
  hid_t memory = attribute ? H5P_DEFAULT : transfer;
  herr_t read = attribute ? H5Aread(object, type, pointers)
                          : H5Dread(object, type, H5S_ALL, H5S_ALL, memory, pointers);
  int status = read < 0 ? chdf5_fail()
                        : join((const char *const *)pointers, count, SIZE_MAX, limit, text, length);
  // After a failed read it is not defined which pointers are HDF5's: a leak is better than freeing twice.
  if (read >= 0) H5Dvlen_reclaim(type, space, memory, pointers);
  free(pointers);
  return status;
}

static int read_fixed(hid_t object, bool attribute, hid_t stored, uint64_t count, size_t limit,
                      char **text, size_t *length) {
  size_t width = H5Tget_size(stored) + 1; // room for a NUL, whatever the padding
  if (width - 1 > limit || count > limit / width + 1)
    return chdf5_fail_with("strings longer than the file that holds them");
  HANDLE type = H5Tcopy(stored);
  if (type < 0 || H5Tset_size(type, width) < 0 || H5Tset_strpad(type, H5T_STR_NULLTERM) < 0)
    return chdf5_fail();
  char *buffer = calloc(count, width);
  const char **pointers = malloc(count * sizeof *pointers);
  int status;
  if (!buffer || !pointers) {
    status = chdf5_fail_with("out of memory");
  } else {
    for (uint64_t index = 0; index < count; index++) pointers[index] = buffer + index * width;
    herr_t read = attribute ? H5Aread(object, type, buffer)
                            : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
    status = read < 0 ? chdf5_fail() : join(pointers, count, width - 1, SIZE_MAX, text, length);
  }
  free(buffer);
  free(pointers);
  return status;
}

int chdf5_read_text(hid_t object, bool attribute, uint64_t count, size_t limit, char **text,
                    size_t *length) {
  HANDLE stored = attribute ? H5Aget_type(object) : H5Dget_type(object);
  HANDLE space = attribute ? H5Aget_space(object) : H5Dget_space(object);
  if (stored < 0 || space < 0) return chdf5_fail();
  if (H5Tget_class(stored) != H5T_STRING) return chdf5_fail_with("not a string");
  hssize_t points = H5Sget_simple_extent_npoints(space);
  if (points < 0) return chdf5_fail();
  if ((uint64_t)points != count) return chdf5_fail_with("another number of strings than asked for");
  if (count == 0) return join(NULL, 0, 0, limit, text, length);
  htri_t variable = H5Tis_variable_str(stored);
  if (variable < 0) return chdf5_fail();
  if (!variable) return read_fixed(object, attribute, stored, count, limit, text, length);
  HANDLE type = chdf5_variable_string_type();
  // HDF5 does not convert between character sets, and ASCII is UTF-8.
  if (type < 0 || H5Tset_cset(type, H5Tget_cset(stored)) < 0) return chdf5_fail();
  return read_variable(object, attribute, type, space, count, limit, text, length);
}
