"""Training in forked processes: a fresh interpreter takes seconds to import."""

import multiprocessing
import os
import socket
import traceback

import torch


def _in_child(function, rank, count, port, args):
    """Body of a process; it ends without the destructors of process groups."""
    torch.set_num_threads(1)
    if count > 1:
        os.environ.update(
            RANK=str(rank),
            LOCAL_RANK=str(rank),
            WORLD_SIZE=str(count),
            MASTER_ADDR='127.0.0.1',
            MASTER_PORT=str(port),
        )
    try:
        function(*args)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _free_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        return server.getsockname()[1]


def run_forked(function, *args, count=1, timeout=600):
    """Run in forked processes and return their exit codes."""
    context, port = multiprocessing.get_context('fork'), _free_port()
    processes = [
        context.Process(target=_in_child, args=(function, rank, count, port, args))
        for rank in range(count)
    ]
    for each in processes:
        each.start()
    for each in processes:
        each.join(timeout)
        if each.is_alive():
            each.kill()
            each.join()
    return [each.exitcode for each in processes]
