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
static int join(const char *const *pointers, uint64_t count, size_t width, size_t limit, char **text, size_t *length) {
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

// Memory for strings while HDF5 reads a dataset: refused beyond a limit, because their lengths are
// the file's claim, and released as a whole, because after a failed read it is not defined which
// pointers are still HDF5's.
typedef struct block {
  struct block *next;
  char bytes[];
} block;

typedef struct {
  size_t remaining;
  block *blocks;
} string_pool;

static void *allocate_from(size_t size, void *context) {
  string_pool *pool = context;
  if (size > pool->remaining) return NULL;
  block *new = malloc(sizeof *new + size);
  if (!new) return NULL;
  pool->remaining -= size;
  new->next = pool->blocks;
  pool->blocks = new;
  return new->bytes;
}

static void keep_until_the_end(void *memory, void *context) {
  (void)memory;
  (void)context;
}

static void release_pool(string_pool *pool) {
  for (block *this = pool->blocks, *next; this; this = next) {
    next = this->next;
    free(this);
  }
}

static int read_variable(hid_t dataset, hid_t type, uint64_t count, size_t limit, char **text, size_t *length) {
  // HDF5 adds a NUL to each string.
  string_pool pool = {count > SIZE_MAX - limit ? SIZE_MAX : limit + count, NULL};
  HANDLE transfer = H5Pcreate(H5P_DATASET_XFER);
  if (transfer < 0 || H5Pset_vlen_mem_manager(transfer, allocate_from, &pool, keep_until_the_end, NULL) < 0)
    return chdf5_fail();
  char **pointers = calloc(count, sizeof *pointers);
  if (!pointers) return chdf5_fail_with("out of memory");
  int status = H5Dread(dataset, type, H5S_ALL, H5S_ALL, transfer, pointers) < 0
                   ? chdf5_fail()
                   : join((const char *const *)pointers, count, SIZE_MAX, limit, text, length);
  release_pool(&pool);
  free(pointers);
  return status;
}

// H5Aread takes no transfer properties: an attribute's string comes from HDF5's own allocator.
static int read_variable_attribute(hid_t attribute, hid_t type, hid_t space, uint64_t count, size_t limit, char **text,
                                   size_t *length) {
  char **pointers = calloc(count, sizeof *pointers);
  if (!pointers) return chdf5_fail_with("out of memory");
  herr_t read = H5Aread(attribute, type, pointers);
  int status = read < 0 ? chdf5_fail() : join((const char *const *)pointers, count, SIZE_MAX, limit, text, length);
  if (read >= 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, pointers);
  free(pointers);
  return status;
}

static int read_fixed(hid_t object, bool attribute, hid_t stored, uint64_t count, size_t limit, char **text,
                      size_t *length) {
  size_t width = H5Tget_size(stored) + 1; // room for a NUL, whatever the padding
  if (width - 1 > limit || count > limit / width + 1)
    return chdf5_fail_with("strings longer than the file that holds them");
  HANDLE type = H5Tcopy(stored);
  if (type < 0 || H5Tset_size(type, width) < 0 || H5Tset_strpad(type, H5T_STR_NULLTERM) < 0) return chdf5_fail();
  char *buffer = calloc(count, width);
  const char **pointers = malloc(count * sizeof *pointers);
  int status;
  if (!buffer || !pointers) {
    status = chdf5_fail_with("out of memory");
  } else {
    for (uint64_t index = 0; index < count; index++) pointers[index] = buffer + index * width;
    herr_t read =
        attribute ? H5Aread(object, type, buffer) : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
    status = read < 0 ? chdf5_fail() : join(pointers, count, width - 1, SIZE_MAX, text, length);
  }
  free(buffer);
  free(pointers);
  return status;
}

int chdf5_read_text(hid_t object, bool attribute, uint64_t count, size_t limit, char **text, size_t *length) {
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
  return attribute ? read_variable_attribute(object, type, space, count, limit, text, length)
                   : read_variable(object, type, count, limit, text, length);
}
