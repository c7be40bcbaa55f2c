#include "CScaLAPACK.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

// The C interface of BLACS.
int Csys2blacs_handle(MPI_Comm communicator);
void Cfree_blacs_system_handle(int handle);
void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
void Cblacs_gridinfo(int context, int *rows, int *columns, int *row, int *column);
void Cblacs_gridexit(int context);

// ScaLAPACK: Fortran, all arguments by reference.
int numroc_(const int *n, const int *block, const int *place, const int *source, const int *places);
void descinit_(int *descriptor, const int *m, const int *n, const int *row_block, const int *column_block,
               const int *row_source, const int *column_source, const int *context, const int *leading, int *info);
void pdpotrf_(const char *uplo, const int *n, double *a, const int *ia, const int *ja, const int *descriptor_a,
              int *info);
void pdpotrs_(const char *uplo, const int *n, const int *right_hand_sides, const double *a, const int *ia,
              const int *ja, const int *descriptor_a, double *b, const int *ib, const int *jb, const int *descriptor_b,
              int *info);
void pdsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia, const int *ja,
              const int *descriptor_a, double *w, double *z, const int *iz, const int *jz, const int *descriptor_z,
              double *work, const int *lwork, int *iwork, const int *liwork, int *info);

enum { DESCRIPTOR_LENGTH = 9 };

static const int zero = 0, one = 1;

int cscalapack_open_grid(int64_t communicator, int rows, int columns, cscalapack_grid *grid) {
  MPI_Comm duplicate = MPI_COMM_NULL;
  int code = MPI_Comm_dup(MPI_Comm_f2c((MPI_Fint)communicator), &duplicate);
  if (code != MPI_SUCCESS) return code;
  // BLACS looks at no error code, and the communicators it makes inherit this.
  code = MPI_Comm_set_errhandler(duplicate, MPI_ERRORS_ARE_FATAL);
  if (code != MPI_SUCCESS) return code;
  const int system = Csys2blacs_handle(duplicate);
  *grid = (cscalapack_grid){rows, columns, -1, -1, system, (int64_t)MPI_Comm_c2f(duplicate)};
  Cblacs_gridinit(&grid->context, "Row", rows, columns);
  Cfree_blacs_system_handle(system);
  // Ranks that are left over have no context.
  if (grid->context >= 0) Cblacs_gridinfo(grid->context, &grid->rows, &grid->columns, &grid->row, &grid->column);
  return MPI_SUCCESS;
}

int cscalapack_close_grid(cscalapack_grid *grid) {
  if (grid->context >= 0) Cblacs_gridexit(grid->context);
  MPI_Comm duplicate = MPI_Comm_f2c((MPI_Fint)grid->communicator);
  return MPI_Comm_free(&duplicate);
}

// Rows (columns) of a dimension n that lie on a row (column) of processes.
static int local_count(int n, int block, int place, int places) { return numroc_(&n, &block, &place, &zero, &places); }

// Descriptor of an n × columns matrix. Returns 0, or what descinit_ dislikes.
static int describe(const cscalapack_grid *grid, int n, int columns, int block, int *descriptor) {
  int leading = local_count(n, block, grid->row, grid->rows);
  if (leading < 1) leading = 1;
  int info = 0;
  descinit_(descriptor, &n, &columns, &block, &block, &zero, &zero, &grid->context, &leading, &info);
  return info;
}

int cscalapack_factorise(const cscalapack_grid *grid, int n, int block, double *a) {
  int descriptor[DESCRIPTOR_LENGTH];
  int info = describe(grid, n, n, block, descriptor);
  if (info == 0) pdpotrf_("U", &n, a, &one, &one, descriptor, &info);
  return info;
}

int cscalapack_solve_factorised(const cscalapack_grid *grid, int n, int block, const double *u, double *b) {
  int matrix[DESCRIPTOR_LENGTH], vector[DESCRIPTOR_LENGTH];
  int info = describe(grid, n, n, block, matrix);
  if (info == 0) info = describe(grid, n, 1, block, vector);
  if (info == 0) pdpotrs_("U", &n, &one, u, &one, &one, matrix, b, &one, &one, vector, &info);
  return info;
}

// What to add to the workspace that pdsyevd_ asks for. ScaLAPACK 2.2 asks for less than its own
// pdlasrt_ (np·(nb + nq), Reference-ScaLAPACK issue 74) and pdormtr_ take on some grids.
static double missing_workspace(int n, int block, int local_rows, int local_columns) {
  const double nb = block, np = local_rows, nq = local_columns;
  return np * (nb + nq) + nb * (np + 2 * nq + 2 * nb) + 3.0 * n;
}

int cscalapack_eigensystem(const cscalapack_grid *grid, int n, int block, double *a, double *values, double *vectors) {
  int descriptor[DESCRIPTOR_LENGTH];
  int info = describe(grid, n, n, block, descriptor);
  if (info != 0) return info;
  // The first call asks for the sizes of the workspaces.
  double work_size = 0;
  int integer_size = 0, length = -1, integer_length = -1;
  pdsyevd_("V", "U", &n, a, &one, &one, descriptor, values, vectors, &one, &one, descriptor, &work_size, &length,
           &integer_size, &integer_length, &info);
  if (info != 0) return info;
  work_size += missing_workspace(n, block, local_count(n, block, grid->row, grid->rows),
                                 local_count(n, block, grid->column, grid->columns));
  // More than a Fortran integer counts is more than is needed: less suffices, as asked for above.
  length = work_size < INT32_MAX ? (int)work_size : INT32_MAX;
  integer_length = integer_size;
  double *work = malloc(sizeof(double) * (size_t)length);
  int *integers = malloc(sizeof(int) * (size_t)integer_length);
  if (!work || !integers) {
    // The other processes of the grid are already waiting.
    fprintf(stderr, "no memory for the workspace of an eigensystem of %d rows\n", n);
    MPI_Abort(MPI_Comm_f2c((MPI_Fint)grid->communicator), 1);
  }
  pdsyevd_("V", "U", &n, a, &one, &one, descriptor, values, vectors, &one, &one, descriptor, work, &length, integers,
           &integer_length, &info);
  free(work);
  free(integers);
  return info;
}
