// Processor time that goes into collectives: into messages, and into waiting for other ranks.

#pragma once

#include "CMPI.h"

void cmpi_begin_waiting(void);
void cmpi_end_waiting(void);

static inline int cmpi_waited(int code) {
  cmpi_end_waiting();
  return code;
}

/// An MPI call whose time counts as such, and its error code.
#define WAITING(call) (cmpi_begin_waiting(), cmpi_waited(call))
