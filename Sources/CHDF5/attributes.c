#include "library.h"
#include "text.h"

int chdf5_attribute_info(int64_t file, const char *path, const char *name, int *exists, int *element) {
  ENTER;
  *exists = 0;
  *element = CHDF5_OTHER;
  htri_t found = H5Aexists_by_name(file, path, name, H5P_DEFAULT);
  if (found < 0) return chdf5_fail();
  if (!found) return 0;
  HANDLE attribute = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return chdf5_fail();
  HANDLE type = H5Aget_type(attribute);
  HANDLE space = H5Aget_space(attribute);
  if (type < 0 || space < 0) return chdf5_fail();
  *exists = 1;
  // A list is no scalar, whatever its elements.
  if (H5Sget_simple_extent_npoints(space) == 1) *element = chdf5_classify(type);
  return 0;
}

int chdf5_attribute_count(int64_t file, const char *path, uint64_t *count) {
  ENTER;
  HANDLE object = H5Oopen(file, path, H5P_DEFAULT);
  if (object < 0) return chdf5_fail();
  int number = H5Aget_num_attrs(object);
  if (number < 0) return chdf5_fail();
  *count = (uint64_t)number;
  return 0;
}

int chdf5_attribute_name(int64_t file, const char *path, uint64_t index, char *buffer, size_t capacity) {
  ENTER;
  ssize_t length = H5Aget_name_by_idx(file, path, H5_INDEX_NAME, H5_ITER_INC, index, buffer, capacity, H5P_DEFAULT);
  if (length < 0) return chdf5_fail();
  if ((size_t)length >= capacity) return chdf5_fail_with("a name longer than this program reads");
  return 0;
}

static int write_value(int64_t file, const char *path, const char *name, hid_t type, const void *value) {
  HANDLE creation = H5Pcreate(H5P_ATTRIBUTE_CREATE);
  HANDLE space = H5Screate(H5S_SCALAR);
  if (creation < 0 || space < 0 || H5Pset_char_encoding(creation, H5T_CSET_UTF8) < 0) return chdf5_fail();
  HANDLE attribute = H5Acreate_by_name(file, path, name, type, space, creation, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0 || H5Awrite(attribute, type, value) < 0) return chdf5_fail();
  herr_t closed = H5Aclose(attribute);
  attribute = -1;
  return closed < 0 ? chdf5_fail() : 0;
}

int chdf5_write_attribute(int64_t file, const char *path, const char *name, int element, const void *value) {
  ENTER;
  HANDLE type = chdf5_memory_type(element);
  return type < 0 ? chdf5_fail() : write_value(file, path, name, type, value);
}

int chdf5_write_string_attribute(int64_t file, const char *path, const char *name, const char *value) {
  ENTER;
  HANDLE type = chdf5_variable_string_type();
  return type < 0 ? chdf5_fail() : write_value(file, path, name, type, &value);
}

int chdf5_read_attribute(int64_t file, const char *path, const char *name, int element, void *value) {
  ENTER;
  HANDLE attribute = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return chdf5_fail();
  HANDLE stored = H5Aget_type(attribute);
  HANDLE space = H5Aget_space(attribute);
  HANDLE type = chdf5_memory_type(element);
  if (stored < 0 || space < 0 || type < 0) return chdf5_fail();
  if (H5Sget_simple_extent_npoints(space) != 1) return chdf5_fail_with("not a single value");
  if (chdf5_classify(stored) != element) return chdf5_fail_with("another type than asked for");
  return H5Aread(attribute, type, value) < 0 ? chdf5_fail() : 0;
}

int chdf5_read_string_attribute(int64_t file, const char *path, const char *name, size_t limit, char **text,
                                size_t *length) {
  ENTER;
  HANDLE attribute = H5Aopen_by_name(file, path, name, H5P_DEFAULT, H5P_DEFAULT);
  if (attribute < 0) return chdf5_fail();
  return chdf5_read_text(attribute, true, 1, limit, text, length);
}
