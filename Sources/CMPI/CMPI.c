#include "waiting.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Static_assert(MPI_SUCCESS == 0, "callers compare error codes with 0");
_Static_assert(sizeof(MPI_Fint) <= sizeof(cmpi_communicator), "a handle must fit");
_Static_assert(sizeof(float) == 4 && sizeof(double) == 8, "Float and Double must match");

static MPI_Comm handle(cmpi_communicator communicator) { return MPI_Comm_f2c((MPI_Fint)communicator); }

static MPI_Datatype mpi_datatype(cmpi_datatype datatype) {
  switch (datatype) {
  case CMPI_INT8:
    return MPI_INT8_T;
  case CMPI_UINT8:
    return MPI_UINT8_T;
  case CMPI_INT32:
    return MPI_INT32_T;
  case CMPI_UINT32:
    return MPI_UINT32_T;
  case CMPI_INT64:
    return MPI_INT64_T;
  case CMPI_UINT64:
    return MPI_UINT64_T;
  case CMPI_FLOAT:
    return MPI_FLOAT;
  case CMPI_DOUBLE:
    return MPI_DOUBLE;
  }
  return MPI_DATATYPE_NULL;
}

static MPI_Op mpi_operation(cmpi_operation operation) {
  switch (operation) {
  case CMPI_SUM:
    return MPI_SUM;
  case CMPI_MAXIMUM:
    return MPI_MAX;
  case CMPI_MINIMUM:
    return MPI_MIN;
  }
  return MPI_OP_NULL;
}

static int mpi_thread_level(cmpi_thread_level level) {
  switch (level) {
  case CMPI_THREAD_SINGLE:
    return MPI_THREAD_SINGLE;
  case CMPI_THREAD_FUNNELED:
    return MPI_THREAD_FUNNELED;
  case CMPI_THREAD_SERIALIZED:
    return MPI_THREAD_SERIALIZED;
  case CMPI_THREAD_MULTIPLE:
    return MPI_THREAD_MULTIPLE;
  }
  return MPI_THREAD_SINGLE;
}

// The values of MPI's levels are only known to increase in this order.
static cmpi_thread_level thread_level(int level) {
  if (level >= MPI_THREAD_MULTIPLE) return CMPI_THREAD_MULTIPLE;
  if (level >= MPI_THREAD_SERIALIZED) return CMPI_THREAD_SERIALIZED;
  if (level >= MPI_THREAD_FUNNELED) return CMPI_THREAD_FUNNELED;
  return CMPI_THREAD_SINGLE;
}

static void copy_text(const char *source, int length, char *text, int capacity) {
  if (capacity <= 0) return;
  int copied = length < capacity - 1 ? length : capacity - 1;
  memcpy(text, source, (size_t)copied);
  text[copied] = '\0';
}

// Hands a new communicator over, returning its errors instead of aborting.
static int adopt(int code, MPI_Comm created, cmpi_communicator *result) {
  if (code != MPI_SUCCESS) return code;
  if (created == MPI_COMM_NULL) return MPI_ERR_COMM;
  *result = (cmpi_communicator)MPI_Comm_c2f(created);
  return MPI_Comm_set_errhandler(created, MPI_ERRORS_RETURN);
}

int cmpi_error_argument(void) { return MPI_ERR_ARG; }
int cmpi_error_communicator(void) { return MPI_ERR_COMM; }
int cmpi_error_root(void) { return MPI_ERR_ROOT; }

int cmpi_initialise(cmpi_thread_level required, cmpi_thread_level *provided) {
  int level = MPI_THREAD_SINGLE;
  // Open MPI 4 lets one process read another's memory through the kernel where it may; an allreduce of parameters
  // (up to some MB) takes half the time through shared memory. What the user has set stays.
  setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", 0);
  int code = MPI_Init_thread(NULL, NULL, mpi_thread_level(required), &level);
  if (code != MPI_SUCCESS) return code;
  *provided = thread_level(level);
  code = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (code != MPI_SUCCESS) return code;
  // Since MPI 4, errors that belong to no communicator are raised on MPI_COMM_SELF.
  return MPI_Comm_set_errhandler(MPI_COMM_SELF, MPI_ERRORS_RETURN);
}

int cmpi_is_initialised(int *flag) { return MPI_Initialized(flag); }
int cmpi_is_finalised(int *flag) { return MPI_Finalized(flag); }

int cmpi_query_thread_level(cmpi_thread_level *provided) {
  int level = MPI_THREAD_SINGLE;
  int code = MPI_Query_thread(&level);
  *provided = thread_level(level);
  return code;
}

int cmpi_finalise(void) { return MPI_Finalize(); }
int cmpi_abort(cmpi_communicator communicator, int code) { return MPI_Abort(handle(communicator), code); }

int cmpi_error_string(int code, char *text, int capacity) {
  char buffer[MPI_MAX_ERROR_STRING];
  int length = 0;
  int outcome = MPI_Error_string(code, buffer, &length);
  if (outcome == MPI_SUCCESS) copy_text(buffer, length, text, capacity);
  return outcome;
}

int cmpi_library_version(char *text, int capacity) {
  char buffer[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  int code = MPI_Get_library_version(buffer, &length);
  if (code == MPI_SUCCESS) copy_text(buffer, length, text, capacity);
  return code;
}

int cmpi_processor_name(char *text, int capacity) {
  char buffer[MPI_MAX_PROCESSOR_NAME];
  int length = 0;
  int code = MPI_Get_processor_name(buffer, &length);
  if (code == MPI_SUCCESS) copy_text(buffer, length, text, capacity);
  return code;
}

double cmpi_wall_clock(void) { return MPI_Wtime(); }

cmpi_communicator cmpi_world(void) { return (cmpi_communicator)MPI_Comm_c2f(MPI_COMM_WORLD); }

int cmpi_rank(cmpi_communicator communicator, int *rank) { return MPI_Comm_rank(handle(communicator), rank); }

int cmpi_size(cmpi_communicator communicator, int *size) { return MPI_Comm_size(handle(communicator), size); }

int cmpi_split(cmpi_communicator communicator, int colour, int key, cmpi_communicator *result) {
  MPI_Comm created = MPI_COMM_NULL;
  int code = MPI_Comm_split(handle(communicator), colour, key, &created);
  return adopt(code, created, result);
}

int cmpi_split_shared_memory(cmpi_communicator communicator, int key, cmpi_communicator *result) {
  MPI_Comm created = MPI_COMM_NULL;
  int code = MPI_Comm_split_type(handle(communicator), MPI_COMM_TYPE_SHARED, key, MPI_INFO_NULL, &created);
  return adopt(code, created, result);
}

int cmpi_duplicate(cmpi_communicator communicator, cmpi_communicator *result) {
  MPI_Comm created = MPI_COMM_NULL;
  int code = MPI_Comm_dup(handle(communicator), &created);
  return adopt(code, created, result);
}

int cmpi_free(cmpi_communicator *communicator) {
  MPI_Comm freed = handle(*communicator);
  int code = MPI_Comm_free(&freed);
  if (code == MPI_SUCCESS) *communicator = (cmpi_communicator)MPI_Comm_c2f(freed);
  return code;
}

int cmpi_datatype_size(cmpi_datatype datatype, int *size) { return MPI_Type_size(mpi_datatype(datatype), size); }

static int counts_waiting;
static double began, waited;

static double processor_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void cmpi_count_waiting(int on) { counts_waiting = on; }
double cmpi_processor_seconds(void) { return processor_time(); }
double cmpi_waited_seconds(void) { return waited; }

void cmpi_begin_waiting(void) {
  if (counts_waiting) began = processor_time();
}
void cmpi_end_waiting(void) {
  if (counts_waiting) waited += processor_time() - began;
}

int cmpi_barrier(cmpi_communicator communicator) { return WAITING(MPI_Barrier(handle(communicator))); }

int cmpi_broadcast(void *buffer, int count, cmpi_datatype datatype, int root, cmpi_communicator communicator) {
  return WAITING(MPI_Bcast(buffer, count, mpi_datatype(datatype), root, handle(communicator)));
}

int cmpi_allreduce_in_place(void *buffer, int count, cmpi_datatype datatype, cmpi_operation operation,
                            cmpi_communicator communicator) {
  return WAITING(MPI_Allreduce(MPI_IN_PLACE, buffer, count, mpi_datatype(datatype), mpi_operation(operation),
                               handle(communicator)));
}

int cmpi_allgather(const void *send, void *receive, int count, cmpi_datatype datatype, cmpi_communicator communicator) {
  MPI_Datatype type = mpi_datatype(datatype);
  return WAITING(MPI_Allgather(send, count, type, receive, count, type, handle(communicator)));
}

int cmpi_gatherv(const void *send, int send_count, void *receive, const int *receive_counts, const int *displacements,
                 cmpi_datatype datatype, int root, cmpi_communicator communicator) {
  MPI_Datatype type = mpi_datatype(datatype);
  return WAITING(
      MPI_Gatherv(send, send_count, type, receive, receive_counts, displacements, type, root, handle(communicator)));
}

int cmpi_allgatherv(const void *send, int send_count, void *receive, const int *receive_counts,
                    const int *displacements, cmpi_datatype datatype, cmpi_communicator communicator) {
  MPI_Datatype type = mpi_datatype(datatype);
  return WAITING(
      MPI_Allgatherv(send, send_count, type, receive, receive_counts, displacements, type, handle(communicator)));
}

int cmpi_alltoall(const void *send, void *receive, int count, cmpi_datatype datatype, cmpi_communicator communicator) {
  MPI_Datatype type = mpi_datatype(datatype);
  return WAITING(MPI_Alltoall(send, count, type, receive, count, type, handle(communicator)));
}

int cmpi_alltoallv(const void *send, const int *send_counts, const int *send_displacements, void *receive,
                   const int *receive_counts, const int *receive_displacements, cmpi_datatype datatype,
                   cmpi_communicator communicator) {
  MPI_Datatype type = mpi_datatype(datatype);
  return WAITING(MPI_Alltoallv(send, send_counts, send_displacements, type, receive, receive_counts,
                               receive_displacements, type, handle(communicator)));
}

// Starts every receive before any send, so that what is sent has a place to go to.
static int start_exchange(const char *send, int sends, const int *to, const int *send_counts,
                          const int64_t *send_displacements, char *receive, int receives, const int *from,
                          const int *receive_counts, const int64_t *receive_displacements, MPI_Datatype type,
                          MPI_Comm communicator, MPI_Request *requests, int *started) {
  enum { tag = 0 };
  int size = 0;
  int code = MPI_Type_size(type, &size);
  for (int part = 0; code == MPI_SUCCESS && part < receives; ++part) {
    code = MPI_Irecv(receive + size * receive_displacements[part], receive_counts[part], type, from[part], tag,
                     communicator, &requests[*started]);
    if (code == MPI_SUCCESS) ++*started;
  }
  for (int part = 0; code == MPI_SUCCESS && part < sends; ++part) {
    code = MPI_Isend(send + size * send_displacements[part], send_counts[part], type, to[part], tag, communicator,
                     &requests[*started]);
    if (code == MPI_SUCCESS) ++*started;
  }
  return code;
}

int cmpi_exchange(const void *send, int sends, const int *to, const int *send_counts, const int64_t *send_displacements,
                  void *receive, int receives, const int *from, const int *receive_counts,
                  const int64_t *receive_displacements, cmpi_datatype datatype, cmpi_communicator communicator) {
  MPI_Request *requests = malloc(sizeof(MPI_Request) * (size_t)(sends + receives + 1));
  if (requests == NULL) return MPI_ERR_NO_MEM;
  int started = 0;
  int code = start_exchange(send, sends, to, send_counts, send_displacements, receive, receives, from, receive_counts,
                            receive_displacements, mpi_datatype(datatype), handle(communicator), requests, &started);
  if (code == MPI_SUCCESS) code = WAITING(MPI_Waitall(started, requests, MPI_STATUSES_IGNORE));
  free(requests);
  return code;
}
