#include "library.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static hid_t file_access(void) {
  HANDLE list = H5Pcreate(H5P_FILE_ACCESS);
  // Closing the file closes whatever is still open in it.
  if (list < 0 || H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) < 0) return -1;
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  // Parallel file systems are often mounted without flock, and HDF5 would then refuse to open at all.
  if (H5Pset_file_locking(list, 0, 1) < 0) return -1;
#endif
  hid_t result = list;
  list = -1;
  return result;
}

int chdf5_create_file(const char *path, int64_t *file) {
  ENTER;
  HANDLE access = file_access();
  if (access < 0) return chdf5_fail();
  hid_t created = H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, access);
  if (created < 0) return chdf5_fail();
  *file = created;
  return 0;
}

int chdf5_open_file(const char *path, int64_t *file) {
  ENTER;
  HANDLE access = file_access();
  if (access < 0) return chdf5_fail();
  hid_t opened = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (opened < 0) return chdf5_fail();
  *file = opened;
  return 0;
}

// Files in memory are told apart by their names only, so each gets its own. Called under the lock.
static void memory_file_name(char *name, size_t capacity) {
  static unsigned long long serial = 0;
  snprintf(name, capacity, "chdf5-in-memory-%llu", ++serial);
}

static const size_t memory_increment = (size_t)1 << 20;

int chdf5_create_in_memory(int64_t *file) {
  ENTER;
  char name[64];
  memory_file_name(name, sizeof name);
  HANDLE access = file_access();
  if (access < 0 || H5Pset_fapl_core(access, memory_increment, 0) < 0) return chdf5_fail();
  hid_t created = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (created < 0) return chdf5_fail();
  *file = created;
  return 0;
}

int chdf5_open_image(const void *bytes, size_t size, int64_t *file) {
  ENTER;
  if (size == 0) return chdf5_fail_with("an empty file");
  char name[64];
  memory_file_name(name, sizeof name);
  HANDLE access = file_access();
  if (access < 0 || H5Pset_fapl_core(access, memory_increment, 0) < 0) return chdf5_fail();
  // HDF5 copies the bytes into the list, and from there into the file; it does not write to ours.
  if (H5Pset_file_image(access, (void *)bytes, size) < 0) return chdf5_fail();
  hid_t opened = H5Fopen(name, H5F_ACC_RDONLY, access);
  if (opened < 0) return chdf5_fail();
  *file = opened;
  return 0;
}

int chdf5_file_image(int64_t file, void *buffer, size_t capacity, size_t *size) {
  ENTER;
  if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0) return chdf5_fail();
  ssize_t bytes = H5Fget_file_image(file, buffer, capacity);
  if (bytes < 0) return chdf5_fail();
  *size = (size_t)bytes;
  return 0;
}

int chdf5_file_size(int64_t file, uint64_t *size) {
  ENTER;
  hsize_t bytes = 0;
  if (H5Fget_filesize(file, &bytes) < 0) return chdf5_fail();
  *size = bytes;
  return 0;
}

int chdf5_close_file(int64_t file) {
  ENTER;
  return H5Fclose(file) < 0 ? chdf5_fail() : 0;
}

// 1 if every link along the path exists, 0 if one does not, -1 on failure. H5Lexists itself fails
// where an intermediate group is missing.
static int path_exists(int64_t file, const char *path) {
  size_t length = strlen(path);
  char *prefix = malloc(length + 1);
  if (!prefix) return chdf5_fail_with("out of memory");
  int exists = 1;
  for (size_t end = 1; end <= length && exists == 1; end++) {
    if (path[end] != '/' && path[end] != 0) continue;
    if (path[end - 1] == '/') continue;
    memcpy(prefix, path, end);
    prefix[end] = 0;
    htri_t link = H5Lexists(file, prefix, H5P_DEFAULT);
    if (link > 0) link = H5Oexists_by_name(file, prefix, H5P_DEFAULT);
    exists = link < 0 ? chdf5_fail() : link > 0;
    if (exists == 1 && path[end] == '/') {
      HANDLE object = H5Oopen(file, prefix, H5P_DEFAULT);
      if (object < 0)
        exists = chdf5_fail();
      else if (H5Iget_type(object) != H5I_GROUP)
        exists = 0;
    }
  }
  free(prefix);
  return exists;
}

int chdf5_object_kind(int64_t file, const char *path, int *kind) {
  ENTER;
  *kind = CHDF5_ABSENT;
  int exists = path_exists(file, path);
  if (exists <= 0) return exists;
  HANDLE object = H5Oopen(file, path, H5P_DEFAULT);
  if (object < 0) return chdf5_fail();
  H5I_type_t type = H5Iget_type(object);
  *kind = type == H5I_GROUP ? CHDF5_GROUP : type == H5I_DATASET ? CHDF5_DATASET : CHDF5_UNKNOWN_OBJECT;
  return 0;
}

int chdf5_create_group(int64_t file, const char *path) {
  ENTER;
  HANDLE links = chdf5_link_creation();
  if (links < 0) return chdf5_fail();
  HANDLE group = H5Gcreate2(file, path, links, H5P_DEFAULT, H5P_DEFAULT);
  return group < 0 ? chdf5_fail() : 0;
}

int chdf5_child_count(int64_t file, const char *group, uint64_t *count) {
  ENTER;
  H5G_info_t info;
  if (H5Gget_info_by_name(file, group, &info, H5P_DEFAULT) < 0) return chdf5_fail();
  *count = info.nlinks;
  return 0;
}

int chdf5_child_name(int64_t file, const char *group, uint64_t index, char *buffer, size_t capacity) {
  ENTER;
  ssize_t length = H5Lget_name_by_idx(file, group, H5_INDEX_NAME, H5_ITER_INC, index, buffer, capacity, H5P_DEFAULT);
  if (length < 0) return chdf5_fail();
  if ((size_t)length >= capacity) return chdf5_fail_with("a name longer than this program reads");
  return 0;
}
