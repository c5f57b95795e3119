"""RemoteMonitor: the logs of every epoch, sent to a server."""

import json
import warnings

from .base import Callback


class RemoteMonitor(Callback):
    """Sends the logs of every epoch to a server, as HTTP POST.

    Args:
      root: the server's address.
      path: where on the server, put behind `root`.
      field: the form's field that holds the JSON.
      headers: a dict of further HTTP headers.
      send_as_json: send the JSON itself, as "application/json", in place of a form.

    Example:
    >>> tf.keras.callbacks.RemoteMonitor(path="/logs").root
    'http://localhost:9000'
    """

    def __init__(
        self,
        root="http://localhost:9000",
        path="/publish/epoch/end/",
        field="data",
        headers=None,
        send_as_json=False,
    ):
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch, logs=None):
        """Sends the logs; warns where the server does not answer."""
        data = {"epoch": epoch}
        for name, value in (logs or {}).items():
            data[name] = value.item() if hasattr(value, "item") else value
        try:
            self._send(data)
        except OSError as error:
            warnings.warn(
                f"Could not reach RemoteMonitor root server at {self.root}: {error}", stacklevel=2
            )

    def _send(self, data):
        try:
            import requests
        except ImportError:
            self._send_plainly(data)
            return
        content = {"json": data} if self.send_as_json else {"data": {self.field: json.dumps(data)}}
        requests.post(self.root + self.path, headers=self.headers, **content)

    def _send_plainly(self, data):
        import urllib.parse
        import urllib.request

        headers = {"Content-Type": "application/json"} if self.send_as_json else {}
        content = json.dumps(data)
        if not self.send_as_json:
            content = urllib.parse.urlencode({self.field: content})
        headers |= self.headers or {}
        request = urllib.request.Request(self.root + self.path, content.encode(), headers)
        urllib.request.urlopen(request).close()
