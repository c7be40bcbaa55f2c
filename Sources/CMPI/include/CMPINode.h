// Memory that the ranks of a node share: a window of MPI, and what passes through it without a message.
//
// A node's ranks number 0 ..< size. All functions are collective over them but those that say so,
// `cmpi_node_result` and `cmpi_node_extra`.
// Ranks that wait spin for a moment and then give their core away, so that more ranks than cores get on, too.

#pragma once

#include "CMPI.h"

#include <stdint.h>

/// A window and this rank's place at it.
typedef struct {
  void *base;
  int64_t window;
  int rank, size;
  /// Looks at another rank's flag before the core is given away: none where ranks outnumber cores.
  int64_t spins;
  /// Doubles that each rank can put into the window at a time.
  int64_t capacity;
  /// Barriers so far, and sums and concatenations so far; the same on every rank of the node.
  uint64_t barriers, exchanges;
} cmpi_node;

/// Bytes that a window needs.
int64_t cmpi_node_bytes(int size, int64_t capacity, int64_t extra);

/// Makes a window with room for `capacity` doubles of each rank and `extra` bytes for all, on a communicator of ranks
/// of one node. The first rank's memory holds it. Returns MPI's error code.
int cmpi_node_open(cmpi_communicator communicator, int64_t capacity, int64_t extra, cmpi_node *node);
int cmpi_node_close(cmpi_node *node);

/// Returns when all ranks have come here; what they wrote into the window before is seen by all.
void cmpi_node_barrier(cmpi_node *node);

/// A sum of `count` ≤ capacity doubles of each rank, in three parts. The first puts them into the window.
void cmpi_node_put(cmpi_node *node, const double *values, int64_t count);
/// The second adds up the numbers first ..< end of all ranks, in the order of the ranks, into the window's result; the
/// ranks divide them among themselves.
void cmpi_node_add_up(cmpi_node *node, int64_t first, int64_t end);
/// The third waits for all of the result.
void cmpi_node_end_sum(cmpi_node *node);
/// Σ over terms of their numbers first ..< end, in order; term k begins at terms + k·stride. Local.
void cmpi_add_terms(const double *terms, int64_t stride, int count, int64_t first, int64_t end, double *sums);
/// The doubles of all ranks, in the order of their numbers, `counts[rank]` ≤ capacity of each, one after the other.
void cmpi_node_concatenate(cmpi_node *node, const double *values, const int64_t *counts, double *all);
/// Where a sum is left: `capacity` doubles, to be read until the next sum.
double *cmpi_node_result(cmpi_node *node);

/// The extra bytes.
void *cmpi_node_extra(cmpi_node *node);
/// Changes a counter that all ranks share and returns its value before. Local.
int64_t cmpi_node_add_to_counter(cmpi_node *node, int64_t change);
/// Sets it. To be called by one rank while no other uses it. Local.
void cmpi_node_set_counter(cmpi_node *node, int64_t value);
