"""Collective operations of several processes over TCP: all get the same bits, whoever is slow.

Each process has a link to each other one. A frame is a prefix, a header, which says what the sender
is doing, and arrays' bytes. A receiver compares the header with its own, so that processes which
are not at the same operation find that out. Values are added in the order of the ranks.
"""

import atexit
import hashlib
import itertools
import json
import os
import selectors
import socket
import struct
import sys
import threading
import time
from collections import deque
from contextlib import suppress

import numpy as np

from ..base.dtypes import as_dtype
from ..base.errors import (
    DeadlineExceededError,
    InvalidArgumentError,
    UnavailableError,
    unknown_name,
)

PREFIX = struct.Struct("!4sBQI")  # what follows; hello, data or left; the frame's number; a length
MAGIC, HELLO, DATA, LEFT = b"tbk1", 0, 1, 2
LONGEST_HEADER = 1 << 24
WHOLE = 1 << 15  # arrays of so many bytes or fewer are sent whole to all
ARRIVAL_TIMEOUT, OPERATION_TIMEOUT = (
    ("TENSORBROOK_START_TIMEOUT", 600.0),
    ("TENSORBROOK_COLLECTIVE_TIMEOUT", 1800.0),
)
CLUSTER_KEY = "TENSORBROOK_CLUSTER_KEY"
KILLED = "its process was killed, or its machine is down"
JOINS = {"SUM": np.add, "MEAN": np.add, "MIN": np.minimum, "MAX": np.maximum}


def seconds(setting):
    """A limit of time from the environment, or its default."""
    name, default = setting
    given = os.environ.get(name, "")
    try:
        return float(given) if given else default
    except ValueError:
        raise ValueError(f"{name} is {given!r}: it must be a number of seconds.") from None


def split_address(address):
    """("host", 1234) of "host:1234"; an IPv6 host stands in brackets.

    Raises:
      ValueError: it has no port.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"{address!r} is no address: it must be host:port, as in 10.0.0.1:2222.")
    return host.removeprefix("[").removesuffix("]"), int(port)


class Group:
    """The processes of a cluster, seen by one of them.

    It is there when all have come. A process that ends, or is no longer there, ends the others'
    operations with one sentence, within seconds.

    Args:
      rank: this process's number.
      addresses: "host:port" of each process; this one listens on its own, and on nothing else,
        until all have come.
      timeout: how many seconds an operation may wait for others; by default what
        TENSORBROOK_COLLECTIVE_TIMEOUT says, or 1800.

    Raises:
      UnavailableError: its address cannot be listened on, or another process did not come within
        the 600 seconds, or those that TENSORBROOK_START_TIMEOUT says.
    """

    def __init__(self, rank, addresses, timeout=None):
        self.rank, self.size, self.addresses = rank, len(addresses), list(addresses)
        self._timeout = seconds(OPERATION_TIMEOUT) if timeout is None else timeout
        self._number, self._fault, self._lock = 0, None, threading.RLock()
        self._unsent = {}  # rank -> what is left to send of a frame
        self._links = _Meeting(rank, self.addresses).links()
        atexit.register(self.close)
        os.register_at_fork(after_in_child=self._forked)

    def name(self, rank):
        """`worker 2 (10.0.0.3:2222)`."""
        return f"worker {rank} ({self.addresses[rank]})"

    # -- the operations ----------------------------------------------------------------------------

    def all_reduce(self, arrays, op="SUM"):
        """The arrays' sums over all processes, each element added in the order of the ranks.

        Args:
          arrays: as many of the same shapes and dtypes in each process.
          op: "SUM", "MEAN", "MIN" or "MAX".

        Raises:
          InvalidArgumentError: another process gives other arrays, or is at another operation.
          UnavailableError: a process has ended.
        """
        if op not in JOINS:
            raise ValueError(unknown_name("reduction", op, JOINS))
        arrays = [_of_numbers(a, "all_reduce") for a in arrays]
        results, by_dtype = [None] * len(arrays), {}
        for i, array in enumerate(arrays):
            by_dtype.setdefault(array.dtype, []).append(i)
        with self._lock:
            header = _header("all_reduce", arrays, by=op)
            if not by_dtype:
                self._exchange(header)
            for places in by_dtype.values():
                flat = np.concatenate([arrays[i].reshape(-1) for i in places])
                total = self._reduced(header, flat, JOINS[op])
                if op == "MEAN":
                    whole = total.dtype.kind in "iu"
                    total = (total // self.size if whole else total / self.size).astype(flat.dtype)
                ends = np.cumsum([arrays[i].size for i in places])
                for i, part in zip(places, np.split(total, ends[:-1])):
                    results[i] = part.reshape(arrays[i].shape)
        return results

    def all_gather(self, array, axis=0):
        """All processes' arrays, joined along an axis in the order of the ranks.

        Raises:
          InvalidArgumentError: other processes' arrays differ in more than the size of that axis.
        """
        array = _of_numbers(array, "all_gather")
        axis = axis + array.ndim if axis < 0 else axis
        if not 0 <= axis < array.ndim:
            raise InvalidArgumentError(
                f"[all_gather] axis {axis} of an array of shape {array.shape}: there is none."
            )
        parts = {self.rank: array}

        def place(peer, theirs):
            dtype, shape = theirs["arrays"][0]
            parts[peer] = np.empty(shape, as_dtype(dtype).as_numpy_dtype)
            return [parts[peer]]

        def alike(mine, theirs):
            shapes = [list(x["arrays"][0][1]) for x in (mine, theirs)]
            for shape in shapes:
                shape[axis : axis + 1] = []
            return shapes[0] == shapes[1] and mine["arrays"][0][0] == theirs["arrays"][0][0]

        with self._lock:
            header = _header("all_gather", [array], axis=axis)
            self._exchange(header, {p: [array] for p in self._links}, place, alike)
        return np.concatenate([parts[rank] for rank in range(self.size)], axis)

    def broadcast(self, arrays, root=0):
        """The arrays of the process `root`; the others' have the same shapes and dtypes."""
        arrays = [_of_numbers(a, "broadcast") for a in arrays]
        got = arrays if self.rank == root else [np.empty_like(a, order="C") for a in arrays]
        sends = dict.fromkeys(self._links, arrays) if self.rank == root else {}
        with self._lock:
            header = _header("broadcast", arrays, root=root)
            self._exchange(header, sends, lambda peer, _: got if peer == root else [])
        return got

    def barrier(self):
        """Waits until all processes are here."""
        with self._lock:
            self._exchange(_header("barrier", []))

    def agree(self, value):
        """The first process's value, which JSON can hold, in all processes."""
        text = json.dumps(value).encode() if self.rank == 0 else b""
        with self._lock:
            (length,) = self.broadcast([np.array(len(text))])
            array = np.frombuffer(text, np.uint8) if text else np.zeros(int(length), np.uint8)
            (found,) = self.broadcast([array])
        return json.loads(found.tobytes())

    def close(self):
        """Leaves the group: the others hear of it when they want something of this process."""
        fault = getattr(sys, "last_value", None)  # that ends the program
        why = f" with {type(fault).__name__}: {fault}".splitlines()[0] if fault else ""
        self._leave(f"{self.name(self.rank)} has ended its program{why[:500]}", linger=0.0)
        self._fault = self._fault or "this process has left its group"

    # -- how ---------------------------------------------------------------------------------------

    def _reduced(self, header, flat, join):
        """One flat array's sum over all. Of a large one each process adds up its part for all."""
        whole = self.size == 2 or flat.nbytes <= WHOLE
        count = 1 if whole else self.size
        ends = [len(flat) * i // count for i in range(count + 1)]
        mine, parts = self.rank % count, [flat[a:b] for a, b in itertools.pairwise(ends)]
        got = {p: np.empty_like(parts[mine]) for p in self._links}
        sends = {p: [parts[p % count]] for p in self._links}
        self._exchange(header, sends, lambda peer, _: [got[peer]])
        got[self.rank] = parts[mine]
        total = got[0].copy()
        for rank in range(1, self.size):
            join(total, got[rank], out=total)
        if whole:
            return total
        result = np.empty_like(flat)
        result[ends[mine] : ends[mine + 1]] = total
        sends = {p: [total] for p in self._links}
        self._exchange(header, sends, lambda peer, _: [result[ends[peer] : ends[peer + 1]]])
        return result

    def _exchange(self, header, sends=None, place=lambda peer, theirs: [], alike=None):
        """Sends a frame to each process and receives one of each.

        Args:
          header: what this process is doing.
          sends: arrays for each rank.
          place: function of a rank and its header: the arrays to receive into.
          alike: function of two headers, mine and theirs: whether they go together; by default
            where they are equal.
        """
        if self._fault is not None:
            raise UnavailableError(self._fault)
        self._number += 1
        try:
            with selectors.DefaultSelector() as selector:
                self._transfer(selector, header, sends or {}, place, alike)
        except BaseException as fault:
            reason = fault.message if hasattr(fault, "message") else None
            self._leave(reason or f"{self.name(self.rank)} was stopped by {type(fault).__name__}")
            self._fault = self._fault or reason or "this process was interrupted"
            raise

    def _transfer(self, selector, header, sends, place, alike):
        waiting = {}
        for peer, link in self._links.items():
            frame = PREFIX.pack(MAGIC, DATA, self._number, len(header)) + header
            out = deque(v for v in [memoryview(frame), *map(_bytes, sends.get(peer, ()))] if len(v))
            incoming = _Incoming(self._frame(peer, header, place, alike))
            waiting[peer], self._unsent[peer] = (link, out, incoming), out
            selector.register(link, selectors.EVENT_READ | selectors.EVENT_WRITE, peer)
        deadline = time.monotonic() + self._timeout
        while waiting:
            for key, events in selector.select(1.0):
                link, out, incoming = waiting[key.data]
                if events & selectors.EVENT_READ and incoming.wanted is not None:
                    self._read(key.data, link, incoming)
                if events & selectors.EVENT_WRITE and out:
                    self._write(key.data, link, out, incoming)
                if not out and incoming.wanted is None:
                    selector.unregister(link)
                    del waiting[key.data]
                else:
                    wanted = selectors.EVENT_READ if incoming.wanted is not None else 0
                    wanted |= selectors.EVENT_WRITE if out else 0
                    selector.modify(link, wanted, key.data)
            if waiting and time.monotonic() > deadline:
                missing = ", ".join(map(self.name, sorted(waiting)))
                raise DeadlineExceededError(
                    f"[{json.loads(header)['op']}] {missing} did not come to operation "
                    f"{self._number} within {self._timeout:.0f} s ({OPERATION_TIMEOUT[0]} in the "
                    "environment allows more).",
                )

    def _frame(self, peer, header, place, alike):
        """Yields what is to be filled, in order, to receive a frame."""
        prefix = bytearray(PREFIX.size)
        yield prefix
        magic, kind, number, length = PREFIX.unpack(prefix)
        if magic != MAGIC or length > LONGEST_HEADER:
            self._gone(peer, "sent what is no frame")
        theirs = bytearray(length)
        yield theirs
        if kind == LEFT:
            raise UnavailableError(theirs.decode("utf-8", "replace"))
        said = None
        if number != self._number or theirs != header:
            said, mine = json.loads(theirs), json.loads(header)
            facts = [{k: v for k, v in x.items() if k != "arrays"} for x in (said, mine)]
            if facts[0] != facts[1] or alike is None or not alike(mine, said):
                raise InvalidArgumentError(
                    f"[{mine['op']}] {self.name(self.rank)} is at {_words(mine)}, "
                    f"{self.name(peer)} at {_words(said)} (operation {self._number}): all workers "
                    "must run the same operations in the same order, on the same shapes and dtypes."
                )
        for array in place(peer, said or json.loads(header) if alike else None):
            yield _bytes(array)

    def _read(self, peer, link, incoming):
        try:
            count = link.recv_into(incoming.wanted)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if not count:
            self._gone(peer, KILLED)
        incoming.filled(count)

    def _write(self, peer, link, out, incoming):
        try:
            count = link.send(out[0])
        except BlockingIOError:
            return
        except OSError:
            while incoming.wanted is not None:  # it may have said why
                self._read(peer, link, incoming)
            self._gone(peer, KILLED)
        if count < len(out[0]):
            out[0] = out[0][count:]
        else:
            out.popleft()

    def _gone(self, peer, why):
        raise UnavailableError(f"{self.name(peer)} is gone: {why}.")

    def _leave(self, reason, linger=1.0):
        """Tells the others why, and closes the links.

        Args:
          linger: so many seconds what they still send is read, since a link that is closed over
            unread data may lose the reason on its way.
        """
        reason = reason.encode()[:4096]
        frame = PREFIX.pack(MAGIC, LEFT, self._number, len(reason)) + reason
        with selectors.DefaultSelector() as selector:
            for peer, link in self._links.items():
                with suppress(OSError):
                    link.settimeout(5.0)
                    for rest in self._unsent.get(peer, ()):  # else the reason were taken for data
                        link.sendall(rest)
                    link.sendall(frame)
                    link.shutdown(socket.SHUT_WR)
                selector.register(link, selectors.EVENT_READ)
            end = time.monotonic() + linger
            while selector.get_map() and (left := end - time.monotonic()) > 0:
                for key, _ in selector.select(left):
                    if not _drained(key.fileobj):
                        selector.unregister(key.fileobj)
        for link in self._links.values():
            link.close()
        self._links, self._unsent = {}, {}

    def _forked(self):
        """A child made by fork keeps no link open."""
        for link in self._links.values():
            link.close()
        self._links, self._fault = {}, "a forked process is no worker"


class _Incoming:
    """What is still to be received of a frame.

    Attributes:
      wanted: the bytes to be filled next; None when the frame is there.
    """

    def __init__(self, frame):
        self._frame = frame
        self._next()

    def _next(self):
        self.wanted = None
        for buffer in self._frame:
            if len(buffer):
                self.wanted = memoryview(buffer)
                break

    def filled(self, count):
        """Says that so many bytes of `wanted` have come."""
        self.wanted = self.wanted[count:]
        if not len(self.wanted):
            self._next()


class _Meeting:
    """How the processes of a cluster find each other: each calls those of lower ranks."""

    def __init__(self, rank, addresses):
        self._rank, self._addresses = rank, addresses
        self._limit = seconds(ARRIVAL_TIMEOUT)
        self._deadline = time.monotonic() + self._limit
        key = os.environ.get(CLUSTER_KEY, "").encode()[:64]
        self._cluster = hashlib.blake2b(json.dumps(addresses).encode(), key=key).digest()

    def links(self):
        """A socket to each other process."""
        host, port = split_address(self._addresses[self._rank])
        try:
            family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
            server = socket.create_server((host, port), family=family, backlog=128)
        except OSError as fault:
            raise UnavailableError(
                f"Worker {self._rank} cannot listen on {self._addresses[self._rank]}, which "
                f"TF_CONFIG gives as its address: {fault.strerror or fault}.",
            ) from None
        links = {}
        with server:
            try:
                for peer in range(self._rank):
                    links[peer] = self._call(peer)
                while len(links) < len(self._addresses) - 1:
                    self._answer(server, links)
            except BaseException:
                for link in links.values():
                    link.close()
                raise
        for link in links.values():
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _notice_dead_machines(link)
            link.setblocking(False)
        return dict(sorted(links.items()))

    def _rest(self, missing):
        rest = self._deadline - time.monotonic()
        if rest <= 0:
            names = ", ".join(f"worker {p} ({self._addresses[p]})" for p in missing)
            raise UnavailableError(
                f"{names} did not come within {self._limit:.0f} s: is it started, with the same "
                f"cluster in TF_CONFIG? {ARRIVAL_TIMEOUT[0]} in the environment allows more time.",
            )
        return rest

    def _call(self, peer):
        address = split_address(self._addresses[peer])
        while True:
            rest = self._rest([peer])
            try:
                link = socket.create_connection(address, timeout=min(rest, 10.0))
            except OSError:
                time.sleep(0.05)
                continue
            link.settimeout(rest)
            try:
                link.sendall(self._hello(len(self._cluster)) + self._cluster)
                link.sendall(struct.pack("!I", self._rank))
                theirs, _ = _receive_hello(link, len(self._cluster))
            except (OSError, EOFError):  # it has ended, and may come again
                link.close()
                time.sleep(0.05)
                continue
            if theirs == self._cluster:
                return link
            link.close()
            raise UnavailableError(
                f"worker {peer} ({self._addresses[peer]}) belongs to another cluster, or has "
                f"another {CLUSTER_KEY}: all processes need the same cluster in TF_CONFIG.",
            )

    def _answer(self, server, links):
        """Takes one call; strangers are sent away."""
        missing = [p for p in range(len(self._addresses)) if p not in (self._rank, *links)]
        server.settimeout(self._rest(missing))
        try:
            link, _ = server.accept()
        except TimeoutError:
            return
        link.settimeout(5.0)
        try:
            theirs, peer = _receive_hello(link, len(self._cluster))
            link.sendall(self._hello(len(self._cluster)) + self._cluster)
            link.sendall(struct.pack("!I", self._rank))
        except (OSError, EOFError):
            link.close()
            return
        if theirs == self._cluster and peer in missing:
            links[peer] = link
        else:
            link.close()

    def _hello(self, length):
        return PREFIX.pack(MAGIC, HELLO, 0, length)


def _receive_hello(link, length):
    """(the cluster's digest, the rank) that a process says; EOFError where it is no hello."""
    data = bytearray()
    while len(data) < PREFIX.size + length + 4:
        more = link.recv(PREFIX.size + length + 4 - len(data))
        if not more:
            raise EOFError
        data += more
        if data[:4] != MAGIC[: len(data)]:
            raise EOFError
    if PREFIX.unpack(data[: PREFIX.size])[1:] != (HELLO, 0, length):
        raise EOFError
    return bytes(data[PREFIX.size : -4]), struct.unpack("!I", data[-4:])[0]


def _notice_dead_machines(link):
    """Makes the system ask whether the other machine is there, and give up after some 20 s."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    times = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 20_000}
    for name, value in times.items():  # not all systems have all of them
        if hasattr(socket, name):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _bytes(array):
    """An array's memory, or bytes, as a flat view of bytes."""
    return memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8))


def _drained(link):
    """Whether there was something to read, which is thrown away."""
    try:
        return bool(link.recv(1 << 16))
    except OSError:
        return False


def _of_numbers(array, name):
    array = np.asarray(array)
    if array.dtype == object:
        raise InvalidArgumentError(f"[{name}] Strings are not sent between workers: {array!r}.")
    return array


def _header(op, arrays, **facts):
    """What a process is doing, as bytes."""
    shapes = [[a.dtype.name, list(a.shape)] for a in arrays]
    return json.dumps({"op": op, **facts, "arrays": shapes}).encode()


def _words(header):
    """`all_reduce(by=SUM) of float32[2,3]`."""
    facts = ", ".join(f"{k}={v}" for k, v in header.items() if k not in ("op", "arrays"))
    arrays = [f"{dtype}[{','.join(map(str, shape))}]" for dtype, shape in header["arrays"]]
    shown = ", ".join(arrays[:6]) + (f", ... ({len(arrays)})" if len(arrays) > 6 else "")
    return f"{header['op']}({facts}) of {shown or 'nothing'}"
