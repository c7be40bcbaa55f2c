#include "library.h"
#include "text.h"

int chdf5_dataset_info(int64_t file, const char *path, int *element, int *rank, uint64_t *dimensions) {
  ENTER;
  HANDLE dataset = H5Dopen2(file, path, H5P_DEFAULT);
  if (dataset < 0) return chdf5_fail();
  HANDLE type = H5Dget_type(dataset);
  HANDLE space = H5Dget_space(dataset);
  if (type < 0 || space < 0) return chdf5_fail();
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return chdf5_fail_with("a dataset without a dataspace");
  *element = chdf5_classify(type);
  *rank = H5Sget_simple_extent_ndims(space);
  if (*rank < 0) return chdf5_fail();
  if (*rank > CHDF5_MAXIMUM_RANK) return chdf5_fail_with("too many dimensions");
  hsize_t extent[CHDF5_MAXIMUM_RANK];
  if (H5Sget_simple_extent_dims(space, extent, NULL) < 0) return chdf5_fail();
  for (int axis = 0; axis < *rank; axis++) dimensions[axis] = extent[axis];
  return 0;
}

static hid_t create_dataspace(int rank, const uint64_t *dimensions) {
  if (rank == 0) return H5Screate(H5S_SCALAR);
  if (rank < 0 || rank > CHDF5_MAXIMUM_RANK) return -1;
  hsize_t extent[CHDF5_MAXIMUM_RANK];
  for (int axis = 0; axis < rank; axis++) extent[axis] = dimensions[axis];
  return H5Screate_simple(rank, extent, NULL);
}

static int write_values(int64_t file, const char *path, hid_t type, hid_t space, const void *values) {
  HANDLE links = chdf5_link_creation();
  HANDLE creation = H5Pcreate(H5P_DATASET_CREATE);
  // Without modification times equal contents give equal bytes.
  if (links < 0 || creation < 0 || H5Pset_obj_track_times(creation, 0) < 0) return chdf5_fail();
  HANDLE dataset = H5Dcreate2(file, path, type, space, links, creation, H5P_DEFAULT);
  if (dataset < 0) return chdf5_fail();
  if (H5Sget_simple_extent_npoints(space) > 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0)
    return chdf5_fail();
  // Closed here and not by its handle: the last bytes may be written only now, and that can fail.
  herr_t closed = H5Dclose(dataset);
  dataset = -1;
  return closed < 0 ? chdf5_fail() : 0;
}

int chdf5_write_dataset(int64_t file, const char *path, int element, int rank, const uint64_t *dimensions,
                        const void *values) {
  ENTER;
  HANDLE type = chdf5_memory_type(element);
  HANDLE space = create_dataspace(rank, dimensions);
  if (type < 0 || space < 0) return chdf5_fail();
  return write_values(file, path, type, space, values);
}

int chdf5_read_dataset(int64_t file, const char *path, int element, uint64_t count, void *values) {
  ENTER;
  HANDLE dataset = H5Dopen2(file, path, H5P_DEFAULT);
  if (dataset < 0) return chdf5_fail();
  HANDLE stored = H5Dget_type(dataset);
  HANDLE space = H5Dget_space(dataset);
  HANDLE type = chdf5_memory_type(element);
  if (stored < 0 || space < 0 || type < 0) return chdf5_fail();
  if (chdf5_classify(stored) != element) return chdf5_fail_with("another element type than asked for");
  hssize_t points = H5Sget_simple_extent_npoints(space);
  if (points < 0) return chdf5_fail();
  if ((uint64_t)points != count) return chdf5_fail_with("another number of elements than asked for");
  if (points == 0) return 0;
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) return chdf5_fail();
  return 0;
}

int chdf5_write_strings(int64_t file, const char *path, int rank, uint64_t count, const char *text, size_t length) {
  ENTER;
  if (rank != 0 && rank != 1) return chdf5_fail_with("strings are written as a scalar or a list");
  const char **pointers = chdf5_split_text(text, length, count);
  if (!pointers) return chdf5_fail_with("the text does not hold that many strings");
  HANDLE type = chdf5_variable_string_type();
  HANDLE space = create_dataspace(rank, &count);
  int status = type < 0 || space < 0 ? chdf5_fail() : write_values(file, path, type, space, pointers);
  chdf5_free(pointers);
  return status;
}

int chdf5_read_strings(int64_t file, const char *path, uint64_t count, size_t limit, char **text, size_t *length) {
  ENTER;
  HANDLE dataset = H5Dopen2(file, path, H5P_DEFAULT);
  if (dataset < 0) return chdf5_fail();
  return chdf5_read_text(dataset, false, count, limit, text, length);
}
