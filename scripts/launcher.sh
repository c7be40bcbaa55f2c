# shellcheck shell=bash
#
# To be sourced: how the scripts start programs under mpirun.

# One rank per core, so one BLAS thread per rank; who sets another number means it.
export OPENBLAS_NUM_THREADS="${OPENBLAS_NUM_THREADS:-1}"

# Open MPI refuses to run as root unless told twice. In a container, root is the usual user.
if ((EUID == 0)); then
    export OMPI_ALLOW_RUN_AS_ROOT=1
    export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi

# launcher RANKS: sets the array `launch` to the command up to the program. Where there are more
# ranks than cores they may share cores, and are bound to none.
launcher() {
    launch=(mpirun -n "$1")
    if (($1 > $(nproc))); then
        launch+=(--oversubscribe --bind-to none)
    fi
}
