#include "CMPINode.h"
#include "waiting.h"

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
  cmpi_begin_waiting();
  atomic_store_explicit(&lines[node->rank].number, number, memory_order_release);
  // Beginning with the next one, so that not all look at the same line.
  for (int step = 1; step < node->size; step++) wait_for(&lines[(node->rank + step) % node->size], number, node->spins);
  cmpi_end_waiting();
}

double *cmpi_node_result(cmpi_node *node) {
  return (double *)((char *)node->base + bytes_before_result(node->size, node->capacity));
}

void cmpi_node_put(cmpi_node *node, const double *values, int64_t count) {
  memcpy(slot(node, node->rank), values, (size_t)count * sizeof(double));
  cmpi_node_barrier(node);
}

void cmpi_node_add_up(cmpi_node *node, int64_t first, int64_t end) {
  const int64_t stride = slot_bytes(node->capacity) / (int64_t)sizeof(double);
  cmpi_add_terms(slot(node, 0), stride, node->size, first, end, cmpi_node_result(node) + first);
}

void cmpi_node_end_sum(cmpi_node *node) {
  cmpi_node_barrier(node);
  node->exchanges++;
}

void cmpi_add_terms(const double *terms, int64_t stride, int count, int64_t first, int64_t end, double *sums) {
  // Tiles whose sums stay in the first cache while the terms stream by.
  const int64_t tile = 1024;
  for (int64_t start = first; start < end; start += tile) {
    const int64_t length = end - start < tile ? end - start : tile;
    double *sum = sums + (start - first);
    memcpy(sum, terms + start, (size_t)length * sizeof(double));
    for (int term = 1; term < count; term++) {
      const double *values = terms + term * stride + start;
      for (int64_t i = 0; i < length; i++) sum[i] += values[i];
    }
  }
}

void cmpi_node_concatenate(cmpi_node *node, const double *values, const int64_t *counts, double *all) {
  cmpi_node_put(node, values, counts[node->rank]);
  for (int rank = 0; rank < node->size; rank++) {
    memcpy(all, slot(node, rank), (size_t)counts[rank] * sizeof(double));
    all += counts[rank];
  }
  // The slots are not written again before the next barrier but one.
  node->exchanges++;
}

void *cmpi_node_extra(cmpi_node *node) { return (char *)cmpi_node_result(node) + slot_bytes(node->capacity); }

int64_t cmpi_node_add_to_counter(cmpi_node *node, int64_t change) {
  return (int64_t)atomic_fetch_add_explicit(&flags(node)->number, (uint64_t)change, memory_order_acq_rel);
}

void cmpi_node_set_counter(cmpi_node *node, int64_t value) {
  atomic_store_explicit(&flags(node)->number, (uint64_t)value, memory_order_release);
}
