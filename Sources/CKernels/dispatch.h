// How the entries that take a tag call the instance of a template that it names.
#pragma once

#include "include/CKTypes.h"

/// name_d(…) or name_s(…); anything but a real type is the caller's mistake.
#define CK_BY_REAL_TYPE(type, name, ...)                                                                               \
  switch (type) {                                                                                                      \
  case CK_DOUBLE:                                                                                                      \
    return name##_d(__VA_ARGS__);                                                                                      \
  case CK_SINGLE:                                                                                                      \
    return name##_s(__VA_ARGS__);                                                                                      \
  default:                                                                                                             \
    __builtin_trap();                                                                                                  \
  }

/// name_z(…) or name_c(…), likewise.
#define CK_BY_COMPLEX_TYPE(type, name, ...)                                                                            \
  switch (type) {                                                                                                      \
  case CK_COMPLEX_DOUBLE:                                                                                              \
    return name##_z(__VA_ARGS__);                                                                                      \
  case CK_COMPLEX_SINGLE:                                                                                              \
    return name##_c(__VA_ARGS__);                                                                                      \
  default:                                                                                                             \
    __builtin_trap();                                                                                                  \
  }

/// One of the four, by its suffix.
#define CK_BY_SUFFIX(type, name, real_double, real_single, complex_double, complex_single, ...)                        \
  switch (type) {                                                                                                      \
  case CK_DOUBLE:                                                                                                      \
    return name##real_double(__VA_ARGS__);                                                                             \
  case CK_SINGLE:                                                                                                      \
    return name##real_single(__VA_ARGS__);                                                                             \
  case CK_COMPLEX_DOUBLE:                                                                                              \
    return name##complex_double(__VA_ARGS__);                                                                          \
  case CK_COMPLEX_SINGLE:                                                                                              \
    return name##complex_single(__VA_ARGS__);                                                                          \
  default:                                                                                                             \
    __builtin_trap();                                                                                                  \
  }

#define CK_BY_TYPE(type, name, ...) CK_BY_SUFFIX(type, name, _d, _s, _z, _c, __VA_ARGS__)

CK_INLINE int ck_is_complex(ck_type type) { return type == CK_COMPLEX_DOUBLE || type == CK_COMPLEX_SINGLE; }
