"""Expressions of sparse tensors, tf.sets and their neighbours whose figures make_sparse_tensors.py
records; and those whose gradients by the values `x` of A or U and by the matrix `m` it records.
"""

EXPRESSIONS = """
tf.sparse.from_dense([[0,1],[2,0]])
tf.sparse.from_dense([['','a']])
tf.sparse.from_dense([[True,False]])
tf.sparse.from_dense(5)
tf.sparse.reorder(U)
tf.sparse.reshape(A,[3,2])
tf.sparse.reshape(A,[-1])
tf.sparse.reshape(A,[4,2])
tf.sparse.reshape(A,[-1,-1])
tf.sparse.reshape(U,[3,2])
tf.sparse.slice(A,[0,1],[2,2])
tf.sparse.slice(A,[1,0],[5,5])
tf.sparse.slice(A,[0,0],[1,-1])
tf.sparse.concat(0,[A,B])
tf.sparse.concat(1,[A,B])
tf.sparse.concat(-1,[A,B])
tf.sparse.concat(0,[A,tf.SparseTensor([[0,0]],[1.],[1,5])])
tf.sparse.concat(0,[A,tf.SparseTensor([[0,0]],[1.],[1,5])],expand_nonconcat_dims=True)
tf.sparse.split(sp_input=A,num_split=2,axis=1)
tf.sparse.split(sp_input=A,num_split=2,axis=0)
tf.sparse.split(A,4,0)
tf.sparse.add(A,B)
tf.sparse.add(A,tf.ones([2,3]))
tf.sparse.add(tf.ones([2,3]),A)
tf.sparse.add(A,B,threshold=0.5)
tf.sparse.add(A,tf.SparseTensor([[0,1]],[-1.],[2,3]))
tf.sparse.add(A,tf.SparseTensor([[0,1]],[-1.],[2,3]),threshold=0.1)
tf.sparse.add(A,C)
tf.sparse.add(A,tf.SparseTensor([[0,1]],[1],[2,3]))
tf.sparse.minimum(A,B)
tf.sparse.maximum(A,B)
tf.sparse.maximum(A,tf.SparseTensor([[0,1]],[-1.],[3,3]))
tf.sparse.reduce_sum(A)
tf.sparse.reduce_sum(A,axis=0)
tf.sparse.reduce_sum(A,axis=1,keepdims=True)
tf.sparse.reduce_sum(A,axis=[0,1],keepdims=True)
tf.sparse.reduce_sum(A,axis=-1,output_is_sparse=True)
tf.sparse.reduce_sum(A,output_is_sparse=True)
tf.sparse.reduce_sum(A,keepdims=True,output_is_sparse=True)
tf.sparse.reduce_max(A)
tf.sparse.reduce_max(A,axis=0)
tf.sparse.reduce_max(B,axis=0)
tf.sparse.reduce_max(B,axis=1)
tf.sparse.reduce_max(B,axis=0,output_is_sparse=True)
tf.sparse.reduce_max(tf.SparseTensor([[0,1]],[-1.],[3,3]),1)
tf.sparse.reduce_max(tf.SparseTensor(np.zeros([0,2]),tf.constant([],tf.int32),[3,3]),1)
tf.sparse.reduce_sum(C,axis=[0,2])
tf.sparse.sparse_dense_matmul(A,tf.ones([3,2]))
tf.sparse.sparse_dense_matmul(U,tf.ones([3,2]))
tf.sparse.sparse_dense_matmul(A,tf.ones([2,2]),adjoint_a=True)
tf.sparse.sparse_dense_matmul(A,tf.ones([2,3]),adjoint_b=True)
tf.sparse.sparse_dense_matmul(tf.ones([2,2]),A)
tf.sparse.sparse_dense_matmul(tf.ones([2,2]),A,adjoint_a=True)
tf.sparse.sparse_dense_matmul(tf.ones([5,3]),A,adjoint_b=True)
tf.sparse.sparse_dense_matmul(A,tf.ones([2,2]))
tf.sparse.sparse_dense_matmul(A,tf.ones([3]))
tf.sparse.softmax(A)
tf.sparse.softmax(tf.cast(C,tf.float32))
tf.sparse.retain(A,[True,False,True])
tf.sparse.retain(A,[True,False])
tf.sparse.reset_shape(A)
tf.sparse.reset_shape(tf.SparseTensor([[0,1]],[1],[5,5]))
tf.sparse.reset_shape(A,[4,4])
tf.sparse.reset_shape(A,[1,3])
tf.sparse.reset_shape(A,[3])
tf.sparse.expand_dims(A)
tf.sparse.expand_dims(A,0)
tf.sparse.expand_dims(A,1)
tf.sparse.expand_dims(A,-2)
tf.sparse.expand_dims(A,3)
tf.sparse.transpose(A)
tf.sparse.transpose(C,[1,2,0])
tf.sparse.transpose(C)
tf.sparse.fill_empty_rows(I,7)
tf.sparse.fill_empty_rows(U,7.)
tf.sparse.segment_sum(tf.constant([[1,2],[3,4],[5,6]]),[0,2,1],[0,0,1])
tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2],num_segments=4)
tf.sparse.segment_mean(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2])
tf.sparse.segment_sqrt_n(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2])
tf.sparse.segment_mean(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[0,0,2],num_segments=5)
tf.sparse.segment_sum(tf.constant([[1.,2],[3,4],[5,6]]),[0,2,1],[1,0,2])
tf.sparse.cross([S,S2])
tf.sparse.cross([['a'],['b']])
tf.sparse.cross([S,tf.constant([['p'],['q']])])
tf.sparse.cross([S,S2],separator='-')
tf.sparse.cross_hashed([S,S2])
tf.sparse.cross_hashed([S,S2],num_buckets=100)
tf.sparse.cross_hashed([S,S2],num_buckets=100,hash_key=956888297470)
tf.sparse.cross_hashed([S,tf.constant([[1],[2]])],num_buckets=1000)
tf.sparse.cross_hashed([tf.constant([[1],[2]]),tf.constant([[1],[2]])])
tf.sparse.bincount(tf.constant([[1,1,3],[0,2,2]]))
tf.sparse.bincount(tf.constant([[1,1,3],[0,2,2]]),axis=-1)
tf.sparse.bincount(tf.constant([[1,1,3],[0,2,2]]),axis=-1,binary_output=True)
tf.sparse.bincount(tf.constant([[1,1,3],[0,2,2]]),weights=tf.constant([[1.,2,3],[4,5,6]]),axis=-1)
tf.sparse.bincount(I,axis=-1)
tf.sparse.bincount(I,axis=0)
tf.sparse.bincount(tf.constant([[1,1,3],[0,2,2]]),axis=-1,minlength=10,maxlength=3)
tf.sparse.bincount(tf.constant([1,1,3]),minlength=10)
tf.sparse.bincount(tf.constant([1,1,3]),maxlength=2)
tf.sparse.bincount(tf.constant([1,1,3]),axis=-1)
tf.sparse.bincount(I,weights=tf.SparseTensor([[0,0],[0,1],[2,1]],[.5,1.,2.],[4,2]),axis=-1)
tf.sparse.bincount(tf.ragged.constant([[1,1],[2]]),axis=-1)
tf.sparse.map_values(tf.add,A,5.)
tf.sparse.map_values(tf.add,A,A)
tf.sparse.map_values(tf.add,A,B)
tf.sparse.map_values(tf.reduce_sum,A)
tf.sparse.map_values(tf.ones_like,A)
tf.sparse.eye(2)
tf.sparse.eye(2,3,dtype=tf.int32)
tf.sparse.to_indicator(I,6)
tf.sparse.to_indicator(I,4)
tf.sparse.sampled_addmm([[0,1],[1,0]],[1.,2.],[2,2],tf.constant([[1.,2.],[3.,4.]]),tf.constant([[1.,2.],[3.,4.]]),beta=2.,alpha=.5)
tf.sets.intersection([[1,2],[3,3]],[[2,4],[3,1]])
tf.sets.union([[1,2],[3,3]],[[2,4],[3,1]])
tf.sets.difference([[1,2],[3,3]],[[2,4],[3,1]])
tf.sets.difference([[1,2],[3,3]],[[2,4],[3,1]],aminusb=False)
tf.sets.intersection(I,I)
tf.sets.size(I)
tf.sets.union(S,S2)
tf.sets.union([[1,2],[3,3]],tf.SparseTensor([[0,0]],[9],[2,1]))
tf.sets.intersection(tf.SparseTensor([[0,0]],[9],[2,1]),[[1,2],[3,3]])
tf.sets.union([1,2],[2,3])
tf.sets.size([[1,2]])
tf.sets.union([[1,2]],[[1.]])
tf.sets.union([['b','a']],[['c']])
tf.sets.union([[[5,2],[1,1]]],[[[7],[7]]])
tf.RaggedTensor.from_sparse(S)
tf.RaggedTensor.from_sparse(I)
tf.RaggedTensor.from_sparse(C)
tf.RaggedTensor.from_sparse(tf.SparseTensor([[0,0],[1,0],[1,1]],["a","b","c"],[3,2]))
tf.ragged.constant([[1,2],[],[3]]).to_sparse()
tf.ragged.constant([[[1,2],[]],[[3]]]).to_sparse()
tf.RaggedTensor.from_row_splits(tf.ones([3,2]),[0,1,3]).to_sparse()
tf.nn.embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,None)
tf.nn.embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,None,combiner='sum')
tf.nn.safe_embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I)
tf.ragged.cross([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']])])
tf.ragged.cross_hashed([tf.ragged.constant([['a'],['b','c']]),tf.ragged.constant([['d'],['e']])],num_buckets=100)
tf.ragged_fill_empty_rows([0,0,2],[1,2,3],4,-1)
A*2
A*tf.constant([[2.],[3.]])
A/tf.constant([2.,3.,4.])
tf.cast(A,tf.int32)
A*tf.ones([2,2])
A * tf.constant(2.0)
tf.abs(A)
tf.square(A)
tf.math.sin(A)
tf.math.tanh(A)
tf.identity(A)
tf.shape(A)
tf.size(A)
tf.rank(A)
tf.sparse.to_dense(A)
tf.sparse.to_dense(A,default_value=7.)
tf.sparse.to_dense(S,default_value="-")
tf.sparse.to_dense(U)
tf.sparse.to_dense(U,validate_indices=False)
tf.sparse.to_dense(tf.SparseTensor([[0,0],[0,0]],[1,2],[2,3]))
tf.sparse.to_dense(tf.SparseTensor([[0,0],[0,5]],[1,2],[2,3]))
tf.sparse.to_dense(3)
tf.sparse.mask(tf.IndexedSlices(tf.ones([3,2]),tf.constant([4,5,6])),[5]).indices
tf.SparseTensor([[0,1]],[1,2],[2,3])
tf.SparseTensor([0,1],[1,2],[2,3])
tf.SparseTensor([[0,1]],[1],[2])
A + A
A - 1.0
2.0 * A
-A
A[0]
len(A)
tf.reduce_sum(A)
tf.convert_to_tensor(A)
tf.nn.embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,None,combiner='sqrtn')
tf.nn.embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,W,combiner='mean')
tf.nn.embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,W,max_norm=1.)
tf.nn.safe_embedding_lookup_sparse(tf.reshape(tf.range(12.),[6,2]),I,W,combiner='sum',default_id=1)
""".strip().splitlines()

GRADIENTS = """
tf.sparse.to_dense(v(A))
tf.sparse.reorder(v(U))
tf.sparse.reshape(v(A),[3,2])
tf.sparse.slice(v(A),[0,1],[2,2])
tf.sparse.add(v(A),B)
tf.sparse.add(v(A),m)
tf.sparse.reduce_sum(v(A),axis=1)
tf.sparse.sparse_dense_matmul(v(A),m,adjoint_b=True)
tf.sparse.sparse_dense_matmul(v(U),m,adjoint_a=True)
tf.sparse.sparse_dense_matmul(m,v(A),adjoint_b=True)
tf.sparse.softmax(v(A))
tf.sparse.retain(v(A),[True,False,True])
tf.sparse.transpose(v(A))
tf.sparse.expand_dims(v(A),0)
tf.sparse.fill_empty_rows(v(A),1.)
v(A)*m
v(A)/(m+4.)
tf.square(v(A))
tf.sparse.map_values(tf.exp,v(A))
tf.sparse.segment_sum(m,[0,1,1],[0,0,2])
tf.sparse.segment_mean(m,[0,1,1],[0,0,2])
tf.sparse.segment_sqrt_n(m,[0,1,1],[0,0,2],num_segments=4)
""".strip().splitlines()


def names(tf, np):
    """What the expressions speak of."""
    return {
        "tf": tf,
        "np": np,
        "A": tf.SparseTensor([[0, 1], [1, 0], [1, 2]], [1.0, 2.0, 3.0], [2, 3]),
        "B": tf.SparseTensor([[0, 1], [1, 1]], [-1.0, 4.0], [2, 3]),
        "C": tf.SparseTensor([[0, 0, 1], [1, 1, 0]], [1, 2], [2, 2, 2]),
        "I": tf.SparseTensor([[0, 0], [0, 1], [2, 1]], tf.constant([3, 0, 5], tf.int64), [4, 2]),
        "S": tf.SparseTensor([[0, 0], [1, 0], [1, 1]], ["a", "b", "c"], [2, 2]),
        "S2": tf.SparseTensor([[0, 0], [1, 0]], ["x", "y"], [2, 2]),
        "U": tf.SparseTensor([[1, 2], [0, 1], [1, 0]], [3.0, 1.0, 2.0], [2, 3]),
        "W": tf.SparseTensor([[0, 0], [0, 1], [2, 1]], [0.5, 2.0, 3.0], [4, 2]),
    }


def plain(value):
    """A value as JSON: its kind, its dtype and what it holds."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if hasattr(value, "dense_shape") and hasattr(value, "indices"):
        parts = value.indices, value.values, value.dense_shape
        return {"sparse": value.dtype.name, "parts": [_numbers(p) for p in parts]}
    if hasattr(value, "row_splits"):
        parts = value.flat_values, *value.nested_row_splits
        return {"ragged": value.dtype.name, "parts": [_numbers(p) for p in parts]}
    return {"dense": value.dtype.name, "parts": [_numbers(value)]}


def _numbers(tensor):
    array = tensor.numpy()
    if array.dtype.kind == "f":
        return _shaped([float(f"{v:.6g}") for v in array.ravel().tolist()], array.shape)
    return _texts(array.tolist())


def _texts(value):
    if isinstance(value, list):
        return [_texts(v) for v in value]
    return value.decode() if isinstance(value, bytes) else value


def _shaped(flat, shape):
    if not shape:
        return flat[0]
    step = len(flat) // shape[0] if shape[0] else 0
    return [_shaped(flat[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


def gradients(tf, np, expression):
    """The gradients of the sum of squares of all that an expression gives, by `x` and by `m`."""
    given = names(tf, np)
    x, m = tf.constant([1.5, -2.0, 0.5]), tf.constant([[1.0, 2.0, -1.0], [0.5, 3.0, 2.0]])
    given |= {"m": m, "v": lambda s: tf.SparseTensor(s.indices, x, s.dense_shape)}
    with tf.GradientTape() as tape:
        tape.watch([x, m])
        found = eval(expression, given)
        total = 0.0
        for value in found if isinstance(found, tuple | list) else [found]:
            value = getattr(value, "values", value)
            if value.dtype.is_floating:
                total += tf.reduce_sum(tf.square(value))
    return [tf.convert_to_tensor(g) for g in tape.gradient(total, [x, m]) if g is not None]
