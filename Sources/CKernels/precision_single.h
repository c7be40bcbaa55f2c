// Selects single precision for the template that is included next.
#undef R
#undef REAL
#undef COMPLEX
#undef REAL_COMPLEX
#undef COMPLEX_REAL
#undef CK_SINGLE
#define R float
#define REAL(name) name##_s
#define COMPLEX(name) name##_c
#define REAL_COMPLEX(name) name##_sc
#define COMPLEX_REAL(name) name##_cs
#define CK_SINGLE 1
