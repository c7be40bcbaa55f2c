// A shim over ScaLAPACK and BLACS: dense symmetric matrices, spread block-cyclically over a grid of
// processes. BLACS contexts, descriptors and workspaces stay in the .c file; communicators cross as
// Fortran integers, as in CMPI.
//
// Local arrays are column-major, with max(1, local rows) as their leading dimension. Blocks are square,
// and the first one lies on process (0, 0). Of a symmetric matrix the upper triangle counts.
//
// Everything below is collective over the grid. ScaLAPACK ends the whole job if it is
// given an illegal argument, if a message fails, or if there is no memory for a workspace.

#pragma once

#include <stdint.h>

typedef struct cscalapack_grid {
  int rows, columns;
  // Place of this process; -1 for one outside of the grid, which must not call what is collective
  // over the grid.
  int row, column;
  int context;
  // What the grid's messages travel on: a duplicate of the communicator it was made from.
  int64_t communicator;
} cscalapack_grid;

// Grid of rows × columns processes, row by row in the order of the ranks; there may be more ranks.
// Collective over the communicator, like closing it. Returns MPI's error code.
int cscalapack_open_grid(int64_t communicator, int rows, int columns, cscalapack_grid *grid);
int cscalapack_close_grid(cscalapack_grid *grid);

// A = UᵀU in place of A. Returns 0; i > 0 if the leading minor of order i is not positive; or < 0 for
// an argument that ScaLAPACK refuses.
int cscalapack_factorise(const cscalapack_grid *grid, int n, int block, double *a);

// Solves UᵀU x = b in place of b, which lies on the first column of processes (n × 1).
int cscalapack_solve_factorised(const cscalapack_grid *grid, int n, int block, const double *u, double *b);

// All eigenvalues, ascending, on every process, and the eigenvectors as columns, distributed like A,
// which is destroyed. Returns 0; > 0 if an eigenvalue did not converge; or < 0 for an argument that
// ScaLAPACK refuses.
int cscalapack_eigensystem(const cscalapack_grid *grid, int n, int block, double *a, double *values, double *vectors);
