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

static int read_variable(hid_t object, bool attribute, hid_t type, hid_t space, uint64_t count,
                         size_t limit, char **text, size_t *length) {
  if (!attribute) {
    hsize_t bytes = 0;
    if (H5Dvlen_get_buf_size(object, type, space, &bytes) < 0) return chdf5_fail();
    if (bytes > limit) return chdf5_fail_with("strings longer than the file that holds them");
  }
  char **pointers = calloc(count, sizeof *pointers);
  if (!pointers) return chdf5_fail_with("out of memory");
  herr_t read = attribute ? H5Aread(object, type, pointers)
                          : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers);
  int status = read < 0 ? chdf5_fail()
                        : join((const char *const *)pointers, count, SIZE_MAX, limit, text, length);
  if (read >= 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers);
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
