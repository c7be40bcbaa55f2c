// Selects double precision for the template that is included next.
#undef R
#undef REAL
#undef COMPLEX
#undef REAL_COMPLEX
#undef COMPLEX_REAL
#undef CK_SINGLE
#define R double
#define REAL(name) name##_d
#define COMPLEX(name) name##_z
#define REAL_COMPLEX(name) name##_dz
#define COMPLEX_REAL(name) name##_zd
