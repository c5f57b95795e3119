"""`get_file`: a file fetched once into the cache folder, checked before anybody reads it."""

from __future__ import annotations

import hashlib
import http.client
import os
import pathlib
import urllib.error
import urllib.parse
import urllib.request

from ...base.files import makedirs, replacing
from .archives import UnsafeArchiveError, extract_archive
from .progress import Progbar, print_message

CHUNK = 1 << 16
TIMEOUT_SECONDS = 60
SCHEMES = ("http", "https", "ftp", "file")


def keras_home() -> pathlib.Path:
    """The folder of Keras's settings and cached files: `KERAS_HOME`, else `~/.keras`.

    Raises:
        PermissionError: this user has no home folder.

    Example:
        >>> import os, pathlib
        >>> from tensorbrook.keras.utils import files
        >>> files.keras_home() == pathlib.Path(
        ...     os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        True
    """
    return expanded(os.environ.get("KERAS_HOME") or "~/.keras")


def expanded(path) -> pathlib.Path:
    """A path with the home folder in place of `~`."""
    try:
        return pathlib.Path(path).expanduser()
    except RuntimeError:
        raise PermissionError(
            f"There is no home folder to put {os.fspath(path)!r} into. Set the environment "
            "variable KERAS_HOME (or cache_dir) to a folder that can be written."
        ) from None


def hash_name(file_hash: str, hash_algorithm: str) -> str:
    """The algorithm of a hash; "auto" tells sha256 from md5 by the hash's length."""
    if hash_algorithm == "auto":
        return "sha256" if len(file_hash) == 64 else "md5"
    if hash_algorithm not in ("sha256", "md5"):
        raise ValueError(
            f'hash_algorithm must be "auto", "sha256" or "md5", got {hash_algorithm!r}.'
        )
    return hash_algorithm


def hash_file(path, algorithm: str = "sha256") -> str:
    """The hexadecimal sha256 or md5 of a file.

    Example:
        >>> from tensorbrook.keras.utils import files
        >>> _ = open("empty.txt", "w").close()
        >>> files.hash_file("empty.txt", "md5")
        'd41d8cd98f00b204e9800998ecf8427e'
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def is_valid(path, file_hash: str | None, hash_algorithm: str) -> bool:
    """Whether a file has the hash it should have; any file has where none is given."""
    if file_hash is None:
        return True
    return hash_file(path, hash_name(file_hash, hash_algorithm)) == file_hash.lower()


def read_into(file, origin: str) -> None:
    """Write what a URL answers into an open file, with a progress bar.

    Raises:
        ConnectionError: nothing came, or not all.
    """
    scheme = urllib.parse.urlsplit(origin).scheme
    if scheme not in SCHEMES:
        raise ValueError(f"get_file: origin must be a URL of {SCHEMES}, got {origin!r}.")
    with answered(origin, urllib.request.urlopen, origin, timeout=TIMEOUT_SECONDS) as answer:
        length = answer.headers.get("Content-Length")
        total = int(length) if length and length.isdecimal() else None
        bar = Progbar(total)
        received = 0
        while chunk := answered(origin, answer.read, CHUNK):
            file.write(chunk)
            received += len(chunk)
            bar.update(received)
    if total is not None and received < total:
        raise ConnectionError(f"{received} of {total} bytes came before the connection ended")


def answered(origin: str, function, *arguments, **options):
    """What a function of the network returns, whose errors are told from the disk's."""
    try:
        return function(*arguments, **options)
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(str(error)) from error


def download(origin: str, target: pathlib.Path, file_hash, hash_algorithm: str) -> None:
    """Fetch a URL; `target` appears whole and with the right hash, or not at all."""
    how = f"; its {hash_name(file_hash, hash_algorithm)} is {file_hash}" if file_hash else ""
    by_hand = (
        f"Without a network, fetch that file elsewhere and put it at {target}{how}. The environment"
        " variable KERAS_HOME, or get_file's cache_dir, names another cache folder."
    )
    try:
        makedirs(target.parent)
        with replacing(target) as staging:
            print_message(f"Downloading data from {origin}")
            with open(staging, "wb") as file:
                read_into(file, origin)
            if not is_valid(staging, file_hash, hash_algorithm):
                algorithm = hash_name(file_hash, hash_algorithm)
                raise ValueError(
                    f"Incomplete or corrupted file detected: {origin} has the {algorithm} "
                    f"{hash_file(staging, algorithm)}, expected {file_hash}. It was not kept."
                )
    except PermissionError as error:
        raise PermissionError(
            f"get_file cannot write to {target.parent}, where {target.name} belongs: {error}. Set "
            "KERAS_HOME (or cache_dir) to a folder that can be written."
        ) from error
    except ConnectionError as error:
        raise ConnectionError(f"URL fetch failure on {origin}: {error}. {by_hand}") from error


def file_name(fname, origin: str) -> str:
    """The name in the cache: `fname`, else the last part of the URL's path."""
    name = os.fspath(fname) if fname else os.path.basename(urllib.parse.urlsplit(origin).path)
    if not name:
        raise ValueError(f"get_file: {origin!r} names no file; give the `fname` argument.")
    if name in (".", "..") or any(separator in name for separator in "/\\\0"):
        raise ValueError(
            f"get_file: fname must be a plain name, not a path, got {name!r}; the folder is chosen "
            "by cache_dir and cache_subdir."
        )
    return name


def get_file(
    fname=None,
    origin=None,
    untar=False,
    md5_hash=None,
    file_hash=None,
    cache_subdir="datasets",
    hash_algorithm="auto",
    extract=False,
    archive_format="auto",
    cache_dir=None,
    force_download=False,
):
    """Fetch a file from a URL unless the cache folder has it, check it, and unpack it if asked to.

    The file is kept as `cache_dir/cache_subdir/fname`. A download that breaks off or has the wrong
    hash leaves nothing behind. A file with the wrong hash in the cache is fetched again.

    Args:
        fname: name in the cache; by default the last part of `origin`.
        origin: URL: http, https, ftp or file.
        untar: old spelling of `extract=True, archive_format="tar"`.
        md5_hash: old spelling of `file_hash` with `hash_algorithm="md5"`.
        file_hash: the sha256 or md5 that the file must have.
        cache_subdir: folder under `cache_dir`; an absolute path stands for itself.
        hash_algorithm: "auto" (by the length), "sha256" or "md5".
        extract: unpack the archive.
        archive_format: "auto", "tar", "zip", or a list of them.
        cache_dir: by default the environment variable KERAS_HOME, else `~/.keras`.
        force_download: fetch even if the file is there.

    Returns:
        The file's path as a string; the folder's with `extract`: `fname` where it has no dot or is
        not given (the archive lies beside it, with `_archive` added), else its part before the
        first dot with `_extracted` added.

    Raises:
        ConnectionError: the URL cannot be read; says where to put the file by hand.
        ValueError: wrong hash, no archive, bad names.
        UnsafeArchiveError: the archive has members that would land or point outside.

    Example:
        >>> import pathlib
        >>> page = pathlib.Path("page.txt").resolve()
        >>> _ = page.write_text("hello")
        >>> path = tf.keras.utils.get_file(origin=page.as_uri(), cache_dir="cache", file_hash=
        ...     "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
        Downloading data from file://.../page.txt
        5/5 ━━━━━━━━━━━━━━━━━━━━ ...
        >>> pathlib.Path(path).read_text(), pathlib.Path(path).name
        ('hello', 'page.txt')
    """
    if origin is None:
        raise ValueError("get_file: give `origin`, the URL of the file.")
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    home = keras_home() if cache_dir is None else expanded(cache_dir)
    folder = home / cache_subdir
    name = file_name(fname, origin)
    target, extracted = folder / name, None
    if extract or untar:
        plain = not fname or "." not in name
        target = folder / f"{name}_archive" if plain else target
        extracted = folder / (name if plain else f"{name.partition('.')[0]}_extracted")
    fresh = force_download or not target.exists()
    if not fresh and not is_valid(target, file_hash, hash_algorithm):
        print_message(f"{target} does not have the hash {file_hash}: it is fetched again.")
        fresh = True
    if fresh:
        download(origin, target, file_hash, hash_algorithm)
    if extracted is None:
        return os.fspath(target)
    if fresh or not extracted.exists():
        formats = "tar" if untar else archive_format
        try:
            found = extract_archive(target, extracted, formats)
        except UnsafeArchiveError:
            if fresh:
                target.unlink()  # of what does harm nothing is kept
            raise
        if not found:
            raise ValueError(
                f"get_file: {target} (from {origin}) is no archive of format {formats!r}; call it "
                "without extract, or give archive_format."
            )
    return os.fspath(extracted)
