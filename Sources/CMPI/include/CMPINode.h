// Memory that the ranks of a node share: a window of MPI, and what passes through it without a message.
//
// A node's ranks number 0 ..< size. All functions but `cmpi_node_result` and `cmpi_node_next` are collective over them.
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

/// Σ over the ranks, in the order of their numbers, of `count` ≤ capacity doubles each: into the window's result.
void cmpi_node_sum(cmpi_node *node, const double *values, int64_t count);
/// The doubles of all ranks, in the order of their numbers, `counts[rank]` ≤ capacity of each, one after the other.
void cmpi_node_concatenate(cmpi_node *node, const double *values, const int64_t *counts, double *all);
/// Where `cmpi_node_sum` has left its sums: `capacity` doubles, to be read until the next sum.
double *cmpi_node_result(cmpi_node *node);

/// The extra bytes.
void *cmpi_node_extra(cmpi_node *node);
/// A counter that all ranks share, for tasks that whoever is free takes: its value before it is raised by one.
int64_t cmpi_node_next(cmpi_node *node);
/// Sets it to zero. To be called by one rank between two barriers.
void cmpi_node_reset(cmpi_node *node);
