#include "library.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t library_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local char error_text[1024];

int chdf5_enter(void) {
  pthread_mutex_lock(&library_lock);
  // In a thread-safe HDF5 the error stack, and this setting, belong to the thread.
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5Eclear2(H5E_DEFAULT);
  error_text[0] = 0;
  return 0;
}

void chdf5_leave(int *entered) {
  (void)entered;
  pthread_mutex_unlock(&library_lock);
}

void chdf5_close_handle(hid_t *handle) {
  if (*handle >= 0) H5Idec_ref(*handle);
}

static herr_t keep_message(unsigned position, const H5E_error2_t *error, void *unused) {
  (void)unused;
  if (position == 0) {
    snprintf(error_text, sizeof error_text, "%s (%s)", error->desc && error->desc[0] ? error->desc : "no description",
             error->func_name ? error->func_name : "?");
  }
  return 0;
}

int chdf5_fail(void) {
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_message, NULL);
  if (!error_text[0]) return chdf5_fail_with("HDF5 gave no reason");
  return -1;
}

int chdf5_fail_with(const char *message) {
  snprintf(error_text, sizeof error_text, "%s", message);
  return -1;
}

const char *chdf5_error_message(void) { return error_text; }

int chdf5_library_version(unsigned *major, unsigned *minor, unsigned *release) {
  ENTER;
  return H5get_libversion(major, minor, release) < 0 ? chdf5_fail() : 0;
}

void chdf5_free(void *pointer) { free(pointer); }

static hid_t complex_type(hid_t component) {
  size_t size = H5Tget_size(component);
  HANDLE type = H5Tcreate(H5T_COMPOUND, 2 * size);
  if (type < 0 || H5Tinsert(type, "r", 0, component) < 0 || H5Tinsert(type, "i", size, component) < 0) return -1;
  hid_t result = type;
  type = -1;
  return result;
}

hid_t chdf5_memory_type(int element) {
  switch (element) {
  case CHDF5_INT8:
    return H5Tcopy(H5T_NATIVE_INT8);
  case CHDF5_INT32:
    return H5Tcopy(H5T_NATIVE_INT32);
  case CHDF5_INT64:
    return H5Tcopy(H5T_NATIVE_INT64);
  case CHDF5_UINT64:
    return H5Tcopy(H5T_NATIVE_UINT64);
  case CHDF5_FLOAT32:
    return H5Tcopy(H5T_NATIVE_FLOAT);
  case CHDF5_FLOAT64:
    return H5Tcopy(H5T_NATIVE_DOUBLE);
  case CHDF5_COMPLEX64:
    return complex_type(H5T_NATIVE_FLOAT);
  case CHDF5_COMPLEX128:
    return complex_type(H5T_NATIVE_DOUBLE);
  default:
    return -1;
  }
}

hid_t chdf5_variable_string_type(void) {
  HANDLE type = H5Tcopy(H5T_C_S1);
  if (type < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0) return -1;
  hid_t result = type;
  type = -1;
  return result;
}

static bool member_is(hid_t type, unsigned member, const char *expected) {
  char *name = H5Tget_member_name(type, member);
  bool same = name && strcmp(name, expected) == 0;
  if (name) H5free_memory(name);
  return same;
}

static int classify_compound(hid_t type) {
  if (H5Tget_nmembers(type) != 2 || !member_is(type, 0, "r") || !member_is(type, 1, "i")) return CHDF5_OTHER;
  HANDLE real = H5Tget_member_type(type, 0);
  HANDLE imaginary = H5Tget_member_type(type, 1);
  if (real < 0 || imaginary < 0) return CHDF5_OTHER;
  int component = chdf5_classify(real);
  if (component != chdf5_classify(imaginary)) return CHDF5_OTHER;
  if (component == CHDF5_FLOAT32) return CHDF5_COMPLEX64;
  if (component == CHDF5_FLOAT64) return CHDF5_COMPLEX128;
  return CHDF5_OTHER;
}

int chdf5_classify(hid_t type) {
  size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
  case H5T_INTEGER:
    if (H5Tget_sign(type) == H5T_SGN_NONE) return size == 8 ? CHDF5_UINT64 : CHDF5_OTHER;
    return size == 1 ? CHDF5_INT8 : size == 4 ? CHDF5_INT32 : size == 8 ? CHDF5_INT64 : CHDF5_OTHER;
  case H5T_FLOAT:
    return size == 4 ? CHDF5_FLOAT32 : size == 8 ? CHDF5_FLOAT64 : CHDF5_OTHER;
  case H5T_STRING:
    return CHDF5_STRING;
  case H5T_COMPOUND:
    return classify_compound(type);
  default:
    return CHDF5_OTHER;
  }
}

hid_t chdf5_link_creation(void) {
  HANDLE list = H5Pcreate(H5P_LINK_CREATE);
  if (list < 0 || H5Pset_create_intermediate_group(list, 1) < 0 || H5Pset_char_encoding(list, H5T_CSET_UTF8) < 0)
    return -1;
  hid_t result = list;
  list = -1;
  return result;
}
