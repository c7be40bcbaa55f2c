// CBLAS, and the few LAPACK routines that the package calls. Debian's OpenBLAS ships no
// LAPACKE, so the Fortran symbols are declared here (all arguments by reference, column-major).
#pragma once
#include <cblas.h>

void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info);
void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda,
             const double *vl, const double *vu, const int *il, const int *iu, const double *abstol, int *m, double *w,
             double *z, const int *ldz, int *isuppz, double *work, const int *lwork, int *iwork, const int *liwork,
             int *info);
void dstev_(const char *jobz, const int *n, double *d, double *e, double *z, const int *ldz, double *work, int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b,
             const int *ldb, int *info);
void dpotri_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void zheevr_(const char *jobz, const char *range, const char *uplo, const int *n, void *a, const int *lda,
             const double *vl, const double *vu, const int *il, const int *iu, const double *abstol, int *m, double *w,
             void *z, const int *ldz, int *isuppz, void *work, const int *lwork, double *rwork, const int *lrwork,
             int *iwork, const int *liwork, int *info);
void zgeev_(const char *jobvl, const char *jobvr, const int *n, void *a, const int *lda, void *w, void *vl,
            const int *ldvl, void *vr, const int *ldvr, void *work, const int *lwork, double *rwork, int *info);
