#include "CMPI.h"

#include <mpi.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define CACHE_LINE 64
// Looks at another rank's flag, where every rank has a core: about as long as a sum takes.
#define SPINS 1000

// The window: a line with the task counter, a line for each rank's barrier, two sets of slots that exchanges use in
// turn, the result, the extra bytes.
typedef union {
  _Atomic uint64_t number;
  char fill[CACHE_LINE];
} flag_line;

static flag_line *flags(const cmpi_node *node) { return (flag_line *)node->base; }

static int64_t slot_bytes(int64_t capacity) {
  return ((int64_t)sizeof(double) * capacity + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
}

static double *slot(const cmpi_node *node, int rank) {
  const int64_t set = (int64_t)(node->exchanges % 2) * node->size;
  return (double *)((char *)(flags(node) + 1 + node->size) + (set + rank) * slot_bytes(node->capacity));
}

static int64_t bytes_before_result(int size, int64_t capacity) {
  return (1 + size) * (int64_t)sizeof(flag_line) + 2 * size * slot_bytes(capacity);
}

int64_t cmpi_node_bytes(int size, int64_t capacity, int64_t extra) {
  return bytes_before_result(size, capacity) + slot_bytes(capacity) + extra;
}

int cmpi_node_open(cmpi_communicator communicator, int64_t capacity, int64_t extra, cmpi_node *node) {
  MPI_Comm ranks = MPI_Comm_f2c((MPI_Fint)communicator);
  memset(node, 0, sizeof *node);
  node->capacity = capacity;
  int code = MPI_Comm_rank(ranks, &node->rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(ranks, &node->size);
  if (code != MPI_SUCCESS) return code;
  node->spins = node->size > sysconf(_SC_NPROCESSORS_ONLN) ? 0 : SPINS;
  const MPI_Aint bytes = node->rank == 0 ? (MPI_Aint)cmpi_node_bytes(node->size, capacity, extra) : 0;
  MPI_Win window = MPI_WIN_NULL;
  void *own = NULL;
  code = MPI_Win_allocate_shared(bytes, 1, MPI_INFO_NULL, ranks, &own, &window);
  if (code != MPI_SUCCESS) return code;
  MPI_Win_set_errhandler(window, MPI_ERRORS_RETURN);
  node->window = (int64_t)MPI_Win_c2f(window);
  MPI_Aint size = 0;
  int unit = 0;
  code = MPI_Win_shared_query(window, 0, &size, &unit, &node->base);
  if (code != MPI_SUCCESS) return code;
  if (node->rank == 0) memset(node->base, 0, (size_t)(1 + node->size) * sizeof(flag_line));
  return MPI_Barrier(ranks);
}

int cmpi_node_close(cmpi_node *node) {
  MPI_Win window = MPI_Win_f2c((MPI_Fint)node->window);
  node->base = NULL;
  return MPI_Win_free(&window);
}

static void wait_for(const flag_line *line, uint64_t number, int64_t spins) {
  for (int64_t looks = 0; atomic_load_explicit(&line->number, memory_order_acquire) < number; looks++) {
    if (looks >= spins) {
      sched_yield();
      continue;
    }
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
}

void cmpi_node_barrier(cmpi_node *node) {
  flag_line *lines = flags(node) + 1;
  const uint64_t number = ++node->barriers;
  atomic_store_explicit(&lines[node->rank].number, number, memory_order_release);
  // Beginning with the next one, so that not all look at the same line.
  for (int step = 1; step < node->size; step++) wait_for(&lines[(node->rank + step) % node->size], number, node->spins);
}

double *cmpi_node_result(cmpi_node *node) {
  return (double *)((char *)node->base + bytes_before_result(node->size, node->capacity));
}

static void add_up(cmpi_node *node, int64_t first, int64_t end) {
  double *result = cmpi_node_result(node);
  memcpy(result + first, slot(node, 0) + first, (size_t)(end - first) * sizeof(double));
  for (int rank = 1; rank < node->size; rank++) {
    const double *values = slot(node, rank);
    for (int64_t i = first; i < end; i++) result[i] += values[i];
  }
}

void cmpi_node_sum(cmpi_node *node, const double *values, int64_t count) {
  memcpy(slot(node, node->rank), values, (size_t)count * sizeof(double));
  cmpi_node_barrier(node);
  // Whole cache lines of the result for each rank.
  const int64_t line = CACHE_LINE / sizeof(double), lines = (count + line - 1) / line;
  const int64_t first = lines * node->rank / node->size * line, end = lines * (node->rank + 1) / node->size * line;
  add_up(node, first < count ? first : count, end < count ? end : count);
  cmpi_node_barrier(node);
  node->exchanges++;
}

void cmpi_node_concatenate(cmpi_node *node, const double *values, const int64_t *counts, double *all) {
  memcpy(slot(node, node->rank), values, (size_t)counts[node->rank] * sizeof(double));
  cmpi_node_barrier(node);
  for (int rank = 0; rank < node->size; rank++) {
    memcpy(all, slot(node, rank), (size_t)counts[rank] * sizeof(double));
    all += counts[rank];
  }
  // The slots are not written again before the next barrier but one.
  node->exchanges++;
}

void *cmpi_node_extra(cmpi_node *node) { return (char *)cmpi_node_result(node) + slot_bytes(node->capacity); }

int64_t cmpi_node_next(cmpi_node *node) {
  return (int64_t)atomic_fetch_add_explicit(&flags(node)->number, 1, memory_order_relaxed);
}

void cmpi_node_reset(cmpi_node *node) { atomic_store_explicit(&flags(node)->number, 0, memory_order_relaxed); }
