"""What TensorBoard itself finds in event files: its reader, its data provider and its plugins.

Run with a Python that has TensorBoard (it needs no TensorFlow):

    python tests/oracles/check_events.py FOLDER

It prints JSON: for each of TensorBoard's plugins what it would show.
"""

import json
import sys

from tensorboard import context
from tensorboard.backend.event_processing import (
    data_provider,
    plugin_event_accumulator,
    plugin_event_multiplexer,
)
from tensorboard.plugins import base_plugin
from tensorboard.plugins.audio import audio_plugin
from tensorboard.plugins.graph import graphs_plugin
from tensorboard.plugins.histogram import histograms_plugin
from tensorboard.plugins.image import images_plugin
from tensorboard.plugins.projector import projector_plugin
from tensorboard.plugins.scalar import scalars_plugin
from tensorboard.plugins.text import text_plugin
from werkzeug import test, wrappers


def run(folder):
    """What the plugins show of a folder."""
    guidance = {**plugin_event_accumulator.DEFAULT_SIZE_GUIDANCE, "tensors": 1000}
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance=guidance)
    multiplexer.AddRunsFromDirectory(folder)
    multiplexer.Reload()
    provider = data_provider.MultiplexerDataProvider(multiplexer, folder)
    settings = base_plugin.TBContext(
        data_provider=provider, logdir=folder, multiplexer=multiplexer, sampling_hints={}
    )
    ctx, found = context.RequestContext(), {"runs": sorted(multiplexer.Runs())}

    def tags(plugin):
        index = getattr(plugin, "index_impl", None) or plugin._index_impl
        listed = index(ctx, "e")
        return {run: sorted(tags) for run, tags in sorted(listed.items())}

    scalars = scalars_plugin.ScalarsPlugin(settings)
    found["scalars"] = {
        run: {tag: [row[1:] for row in scalars.scalars_impl(ctx, tag, run, "e", None)[0]]
              for tag in names}
        for run, names in tags(scalars).items()
    }  # fmt: skip
    histograms = histograms_plugin.HistogramsPlugin(settings)
    found["histograms"] = {
        run: {tag: [row[1:] for row in histograms.histograms_impl(ctx, tag, run, "e")[0]]
              for tag in names}
        for run, names in tags(histograms).items()
    }  # fmt: skip
    texts = text_plugin.TextPlugin(settings)
    found["texts"] = {
        run: {
            tag: [row["text"] for row in texts.text_impl(ctx, run, tag, "e", True)] for tag in names
        }
        for run, names in tags(texts).items()
    }
    images = images_plugin.ImagesPlugin(settings)
    found["images"] = tags(images)
    found["audio"] = tags(audio_plugin.AudioPlugin(settings))
    found["graphs"] = graphs_of(graphs_plugin.GraphsPlugin(settings), ctx)
    found["projector"] = projector_of(projector_plugin.ProjectorPlugin(settings))
    return found


def graphs_of(plugin, ctx):
    """The names of nodes of each graph, the whole ones and those that ran."""
    found = {}
    for name, entry in sorted(plugin.info_impl(ctx, "e").items()):
        for tag, kinds in [(None, {"op_graph": entry["run_graph"]}), *entry["tags"].items()]:
            for kind in ("op_graph", "conceptual_graph"):
                if kinds.get(kind):
                    graph = plugin.graph_impl(ctx, name, tag, kind == "conceptual_graph", "e")[0]
                    found[f"{name} {tag} {kind}"] = graph.count("node {")
    return found


def projector_of(plugin):
    """The tables that the projector shows, with their sizes."""
    client = test.Client(wrappers.Request.application(_answers(plugin)))
    found = {}
    for name in json.loads(client.get("/runs").data):
        info = json.loads(client.get("/info", query_string={"run": name}).data)
        for table in info["embeddings"]:
            query = {"run": name, "name": table["tensorName"], "num_rows": 1000}
            rows = client.get("/tensor", query_string=query)
            found[table["tensorName"]] = len(rows.data) // 4
    return found


def _answers(plugin):
    apps = plugin.get_plugin_apps()

    def answer(request):
        return apps[request.path]

    return answer


if __name__ == "__main__":
    json.dump(run(sys.argv[1]), sys.stdout)
