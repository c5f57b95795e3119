"""SavedModel folders: graphs as TensorFlow's NodeDefs, and the objects that they belong to."""
