// A shim over MPI. What MPI leaves to macros and opaque types (communicators, datatypes, operations,
// MPI_IN_PLACE) becomes functions and enumerations that Swift can import; mpi.h itself is included
// by CMPI.c only, so that whoever calls this header compiles unchanged against any MPI.
//
// Every function that can fail returns MPI's error code (MPI_SUCCESS is 0 in every MPI).

#pragma once

#include <stdint.h>

// A communicator as its Fortran integer (MPI_Comm_c2f), wide enough for an MPI_Fint of 8 bytes.
typedef int64_t cmpi_communicator;

typedef enum cmpi_datatype {
  CMPI_INT8,
  CMPI_UINT8,
  CMPI_INT32,
  CMPI_UINT32,
  CMPI_INT64,
  CMPI_UINT64,
  CMPI_FLOAT,
  CMPI_DOUBLE,
} cmpi_datatype;

typedef enum cmpi_operation {
  CMPI_SUM,
  CMPI_MAXIMUM,
  CMPI_MINIMUM,
} cmpi_operation;

typedef enum cmpi_thread_level {
  CMPI_THREAD_SINGLE,
  CMPI_THREAD_FUNNELED,
  CMPI_THREAD_SERIALIZED,
  CMPI_THREAD_MULTIPLE,
} cmpi_thread_level;

// Error codes that callers of this shim report for arguments it never hands to MPI.
int cmpi_error_argument(void);
int cmpi_error_communicator(void);
int cmpi_error_root(void);

// Lifetime. cmpi_initialise makes MPI return its errors on MPI_COMM_WORLD and MPI_COMM_SELF.
int cmpi_initialise(cmpi_thread_level required, cmpi_thread_level *provided);
int cmpi_is_initialised(int *flag);
int cmpi_is_finalised(int *flag);
int cmpi_query_thread_level(cmpi_thread_level *provided);
int cmpi_finalise(void);
int cmpi_abort(cmpi_communicator communicator, int code);

// Texts. At most `capacity` bytes are written, the terminating zero included.
// Only cmpi_library_version may be called before MPI is initialised.
int cmpi_error_string(int code, char *text, int capacity);
int cmpi_library_version(char *text, int capacity);
int cmpi_processor_name(char *text, int capacity);

double cmpi_wall_clock(void);

// Processor time of this process, and how much of it has gone into collectives while that was counted: into their
// messages, and into waiting for other ranks. Counting takes a system call before and after each.
void cmpi_count_waiting(int on);
double cmpi_processor_seconds(void);
double cmpi_waited_seconds(void);

// Communicators. New ones return their errors like the world does.
cmpi_communicator cmpi_world(void);
int cmpi_rank(cmpi_communicator communicator, int *rank);
int cmpi_size(cmpi_communicator communicator, int *size);
int cmpi_split(cmpi_communicator communicator, int colour, int key, cmpi_communicator *result);
int cmpi_split_shared_memory(cmpi_communicator communicator, int key, cmpi_communicator *result);
int cmpi_duplicate(cmpi_communicator communicator, cmpi_communicator *result);
int cmpi_free(cmpi_communicator *communicator);

// Bytes of one element as MPI sees it.
int cmpi_datatype_size(cmpi_datatype datatype, int *size);

// Collectives. Counts and displacements are in elements.
int cmpi_barrier(cmpi_communicator communicator);
int cmpi_broadcast(void *buffer, int count, cmpi_datatype datatype, int root, cmpi_communicator communicator);
int cmpi_allreduce_in_place(void *buffer, int count, cmpi_datatype datatype, cmpi_operation operation,
                            cmpi_communicator communicator);
int cmpi_allgather(const void *send, void *receive, int count, cmpi_datatype datatype, cmpi_communicator communicator);
int cmpi_gatherv(const void *send, int send_count, void *receive, const int *receive_counts, const int *displacements,
                 cmpi_datatype datatype, int root, cmpi_communicator communicator);
int cmpi_allgatherv(const void *send, int send_count, void *receive, const int *receive_counts,
                    const int *displacements, cmpi_datatype datatype, cmpi_communicator communicator);
int cmpi_alltoall(const void *send, void *receive, int count, cmpi_datatype datatype, cmpi_communicator communicator);
int cmpi_alltoallv(const void *send, const int *send_counts, const int *send_displacements, void *receive,
                   const int *receive_counts, const int *receive_displacements, cmpi_datatype datatype,
                   cmpi_communicator communicator);
// Sends `sends` parts of an array to ranks and receives `receives` parts of another from ranks, all at once; parts to
// or from one rank are matched in their order. Counts and displacements are in elements.
int cmpi_exchange(const void *send, int sends, const int *to, const int *send_counts, const int64_t *send_displacements,
                  void *receive, int receives, const int *from, const int *receive_counts,
                  const int64_t *receive_displacements, cmpi_datatype datatype, cmpi_communicator communicator);

#include "CMPINode.h"
