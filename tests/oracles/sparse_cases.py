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
tf.io.serialize_many_sparse(A)[0][2:]
tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(A),tf.float32,rank=2)
tf.io.deserialize_many_sparse(tf.io.serialize_sparse(A)[None],tf.float32,rank=3)
tf.io.deserialize_many_sparse(tf.io.serialize_many_sparse(A),tf.int32)
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

RAGGED = """
tf.broadcast_to(tf.constant([[1],[2],[3]]),tf.shape(r))
tf.ones(tf.shape(r))
tf.zeros(tf.shape(n))
tf.fill(tf.shape(r),7)
tf.reshape(tf.range(5),tf.shape(r))
tf.shape(r)[0]
tf.shape(r)[1]
tf.shape(u).inner_shape
tf.experimental.DynamicRaggedShape.from_lengths([2,(2,1),3]).inner_shape
tf.ones(tf.experimental.DynamicRaggedShape.from_lengths([2,(2,1)]))
tf.experimental.RowPartition.from_row_lengths([2,1]).row_splits()
tf.experimental.RowPartition.from_row_lengths([2,1]).value_rowids()
tf.reduce_sum(n,0)
tf.reduce_sum(n,1)
tf.reduce_sum(n,2)
tf.reduce_sum(n,[0,1])
tf.reduce_sum(n,[1,2])
tf.reduce_max(n,0)
tf.reduce_max(r,0)
tf.reduce_mean(f,0)
tf.reduce_mean(nf,0)
tf.reduce_mean(nf,1)
tf.reduce_prod(r,0)
tf.reduce_min(r,1)
tf.reduce_any(r>2,1)
tf.math.reduce_std(f,1)
tf.gather(r,[2,0])
tf.gather(r,[[2,0],[1,1]])
tf.gather(n,[2,0])
tf.gather(r,tf.ragged.constant([[0],[2,1]]))
tf.gather(tf.ragged.constant([[1,2],[3,4,5]]),tf.ragged.constant([[1],[0,2]]),batch_dims=1)
tf.gather(tf.constant([[1,2],[3,4]]),tf.ragged.constant([[1],[0,1]]),batch_dims=1)
tf.gather(tf.ragged.constant([[1,2],[3,4,5]]),[[1],[0]],batch_dims=1)
tf.gather_nd(r,[[0,1],[2,2]])
tf.gather_nd(n,[[0,1],[2,0]])
tf.gather_nd(r,[[0],[2]])
tf.concat([r,r],1)
tf.concat([n,n],2)
tf.concat([r,tf.constant([[9],[8],[7]])],1)
tf.stack([r,r])
tf.stack([r,r],1)
tf.stack([r,r],2)
tf.tile(r,[2,1])
tf.tile(r,[1,2])
tf.tile(n,[1,2,2])
tf.where(r>2,r,-r)
tf.where(r>2)
tf.expand_dims(r,0)
tf.expand_dims(r,2)
tf.squeeze(tf.expand_dims(r,0),0)
tf.reverse(r,[1])
tf.reverse(r,[0])
tf.one_hot(r,6)
tf.split(r,3)
tf.split(r,[1,2])
tf.strings.join([T,T])
tf.nn.relu(f)
tf.math.cumsum(f,axis=1)
tf.bitcast(r,tf.uint8)
tf.cast(r,tf.float32)
tf.clip_by_value(f,2.,4.)
tf.size(r)
tf.rank(n)
tf.zeros_like(r)
tf.ones_like(f)
tf.map_fn(lambda x:x+1,r)
tf.ragged.boolean_mask(n,[True,False,True])
tf.ragged.boolean_mask(r,r>1)
tf.dynamic_partition(r,[0,1,0],2)
tf.add_n([r,r])
r+tf.constant([[10],[20],[30]])
r*2
r[0]
r[1:]
r[:,1:]
r[:,::-1]
r[...,0:1]
n[0]
n[0][1]
n[:,0:1]
n[:,:,0:1]
n[0,1]
n[2,0,1]
r[0,1]
u[:,:,0]
u[...,1]
r[-1]
r[::2]
r[tf.newaxis]
n.merge_dims(0,1)
n.merge_dims(1,2)
n.merge_dims(0,2)
n.bounding_shape()
n.nested_row_lengths()
n.row_lengths(axis=2)
n.to_tensor(0,shape=[None,3,4])
n.to_tensor(shape=[2,1,2])
u.to_tensor(shape=[2,3,2])
tf.RaggedTensor.from_tensor([[[1,2,0],[3,0,0]],[[4,5,0],[0,0,0]]],padding=0,ragged_rank=2)
tf.RaggedTensor.from_tensor([[1,2,0],[3,0,0]],lengths=[1,3])
tf.RaggedTensor.from_uniform_row_length(r,1)
tf.RaggedTensor.from_uniform_row_length(tf.range(6),2)[:,1]
r.with_values([5,6,7,8,9])
tf.ragged.constant([[[1,2],[3,4]],[[5,6]]],ragged_rank=1)
tf.ragged.constant([[[1,2],[3,4]],[[5,6]]],inner_shape=(2,))
tf.ragged.constant([1,2,3])
tf.ragged.constant([[1,2]],row_splits_dtype=tf.int32).row_splits
tf.ragged.range([1,5],[3,9],2)
tf.nn.embedding_lookup(tf.ones([10,2]),r)
tf.nn.dropout(f,0.)
tf.strings.to_number(tf.ragged.constant([['1','2'],['3']]))
tf.strings.unicode_encode(tf.ragged.constant([[97,98],[99]]),'UTF-8')
tf.strings.as_string(r)
tf.math.bincount(r,axis=-1)
tf.math.bincount(r)
tf.reduce_sum(r,axis=1,keepdims=True)
tf.logical_not(r>2)
tf.stop_gradient(f)
tf.identity(r)
tf.math.unsorted_segment_sum(r,[0,1,0],2)
tf.ragged.stack([r,r])
tf.ragged.stack_dynamic_partitions(r,[0,1,0],2)
list(r)
tf.math.is_nan(f)
tf.nn.softmax(f)
""".strip().splitlines()

# of Keras, eager
KERAS = """
tf.keras.layers.Concatenate()([A,A])
tf.keras.layers.Add()([A,A])
tf.keras.layers.Add()([A,tf.ones([2,3])])
tf.keras.layers.Multiply()([A,tf.ones([2,3])])
tf.keras.layers.Flatten()(A)
tf.keras.layers.Reshape((3,1))(A)
tf.keras.layers.Dropout(.5)(A, training=False)
tf.keras.layers.Embedding(4,2,embeddings_initializer="ones")(tf.sparse.from_dense([[1,0],[2,3]]))
tf.keras.layers.CategoryEncoding(4,sparse=True)([[0,1],[3,3]])
tf.keras.layers.CategoryEncoding(4,sparse=True,output_mode='count')([[0,1],[3,3]])
tf.keras.layers.CategoryEncoding(4,sparse=True,output_mode='one_hot')([[0],[3]])
tf.keras.layers.CategoryEncoding(4,sparse=True,output_mode='one_hot')([0,3])
tf.keras.layers.CategoryEncoding(4,sparse=True,output_mode='one_hot')([[0,1],[3,3]])
tf.keras.layers.CategoryEncoding(4,sparse=True)([0,3])
tf.keras.layers.CategoryEncoding(4,sparse=True,output_mode='count')([[0,1],[3,3]],count_weights=[[.5,1.],[1.,2.]])
tf.keras.layers.StringLookup(vocabulary=['a','b'],output_mode='multi_hot',sparse=True)([['a','b'],['z','a']])
tf.keras.layers.StringLookup(vocabulary=['a','b'],output_mode='count',sparse=True)([['a','b'],['z','a']])
tf.keras.layers.StringLookup(vocabulary=['a','b'],output_mode='one_hot',sparse=True)(['a','b'])
tf.keras.layers.IntegerLookup(vocabulary=[5,7],output_mode='multi_hot',sparse=True)([[5,7],[9,5]])
tf.keras.layers.TextVectorization(vocabulary=['a','b'],output_mode='multi_hot',sparse=True)(['a b','b z'])
tf.keras.layers.TextVectorization(vocabulary=['a','b'],output_mode='count',sparse=True)(['a b','b b'])
tf.keras.layers.Hashing(4,output_mode='multi_hot',sparse=True)([['a','b'],['c','a']])
tf.keras.layers.Hashing(4,output_mode='one_hot',sparse=True)([['a'],['c']])
tf.keras.layers.HashedCrossing(5,output_mode='one_hot',sparse=True)((['a','b'],['x','y']))
tf.keras.layers.Discretization([0.,1.],output_mode='multi_hot',sparse=True)([[.5,2.],[-1.,.2]])
tf.keras.layers.Discretization([0.,1.],output_mode='one_hot',sparse=True)([[.5],[-1.]])
tf.keras.ops.one_hot([0,2],3,sparse=True)
tf.keras.ops.one_hot([[0,2]],3,sparse=True)
tf.keras.ops.one_hot([[0,2]],3,axis=1,sparse=True)
tf.keras.ops.bincount([0,2,2],sparse=True)
tf.keras.ops.bincount([[0,2,2],[1,1,0]],sparse=True)
tf.keras.ops.convert_to_tensor(A)
tf.keras.ops.convert_to_tensor(A,sparse=False)
tf.keras.ops.matmul(A,tf.ones([3,2]))
tf.keras.ops.matmul(tf.ones([2,2]),A)
tf.keras.ops.matmul(A,tf.keras.ops.transpose(A))
tf.keras.ops.add(A,A)
tf.keras.ops.add(A,1.)
tf.keras.ops.subtract(A,A)
tf.keras.ops.multiply(A,2.)
tf.keras.ops.multiply(A,A)
tf.keras.ops.divide(A,2.)
tf.keras.ops.abs(A)
tf.keras.ops.exp(A)
tf.keras.ops.sum(A,axis=0)
tf.keras.ops.sum(A)
tf.keras.ops.maximum(A,A)
tf.keras.ops.maximum(A,1.)
tf.keras.ops.reshape(A,(3,2))
tf.keras.ops.transpose(A)
tf.keras.ops.expand_dims(A,0)
tf.keras.ops.squeeze(tf.keras.ops.expand_dims(A,0),0)
tf.keras.ops.concatenate([A,A],axis=0)
tf.keras.ops.size(A)
tf.keras.ops.cast(A,'int32')
tf.keras.ops.sqrt(A)
tf.keras.ops.log1p(A)
tf.keras.ops.take(tf.ones([4,2]),tf.sparse.from_dense([[1,0],[2,3]]),axis=0)
tf.keras.layers.Lambda(lambda t: tf.sparse.to_dense(t))(A)
tf.keras.Sequential([tf.keras.Input((3,),sparse=True),tf.keras.layers.Dense(2,kernel_initializer='ones')])(A)
tf.keras.Sequential([tf.keras.layers.Dense(2,kernel_initializer='ones')])(A)
""".strip().splitlines()

# what is compared as text
SHOWN = """
tf.shape(r)
tf.shape(n)
tf.shape(u)
tf.shape(u).row_partitions
tf.shape(n).static_lengths()
tf.experimental.DynamicRaggedShape.from_lengths([2,(2,1),3])
tf.experimental.DynamicRaggedShape.from_lengths([2,2,(2,1,0,1)])
tf.data.Dataset.from_tensor_slices(A)
list(tf.data.Dataset.from_tensor_slices(A))
list(tf.data.Dataset.from_tensor_slices(A).batch(2))
list(tf.data.Dataset.from_tensors(A).batch(2))
tf.data.Dataset.from_tensor_slices(A).batch(2).element_spec
list(tf.data.Dataset.from_tensor_slices(tf.ones([3,2])).map(tf.sparse.from_dense).batch(2))
list(tf.data.Dataset.range(3).map(lambda x: tf.range(x)).ragged_batch(2))
tf.data.Dataset.range(3).map(lambda x: tf.range(x)).ragged_batch(2).element_spec
list(tf.data.Dataset.range(3).map(lambda x: tf.range(x)).ragged_batch(2,drop_remainder=True))
list(tf.data.Dataset.range(3).map(lambda x: tf.range(x)).sparse_batch(2,row_shape=[4]))
tf.data.Dataset.range(3).map(lambda x: tf.range(x)).sparse_batch(2,row_shape=[4]).element_spec
list(tf.data.Dataset.range(3).map(lambda x: tf.range(x)).sparse_batch(2,row_shape=[None]))
list(tf.data.Dataset.range(3).map(lambda x: tf.range(x)).apply(tf.data.experimental.dense_to_ragged_batch(2)))
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1,2],[],[3]])))
tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1,2],[],[3]])).element_spec
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1,2],[],[3]])).batch(2))
tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1,2],[],[3]])).batch(2).element_spec
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[[1],[2,4]],[],[[3]]])))
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[[1],[2,4]],[],[[3]]])).batch(2))
list(tf.data.Dataset.from_tensors(tf.ragged.constant([[1,2],[],[3]])).batch(2))
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1,2],[],[3]])).ragged_batch(2))
list(tf.data.Dataset.from_tensor_slices({'a':tf.ones([3,2]),'b':tf.ragged.constant([[1,2],[],[3]])}).ragged_batch(2))
list(tf.data.Dataset.from_tensors(A).unbatch())
list(tf.data.Dataset.from_tensors(tf.ragged.constant([[1,2],[],[3]])).unbatch())
tf.data.Dataset.from_tensor_slices((A,[1,2])).element_spec
A
[A]
U
S
tf.ragged.constant([[1, 2], [3]])
tf.ragged.constant([['a', 'b'], ['c']])
tf.ragged.constant([[1.5] * 9] * 9)
tf.ragged.constant([list(range(40)), [1]])
tf.ragged.constant([[[1.0, 2.0], [3.0]], []])
tf.ragged.constant([[1.123456789, 1e10]])
tf.ragged.constant([[True]])
tf.RaggedTensor.from_row_splits(tf.ones([3, 2]), [0, 1, 3])
tf.ragged.constant([], dtype=tf.int32)
tf.ragged.constant([[], []], dtype=tf.int32)
A._type_spec
tf.data.Dataset.from_tensor_slices(A).concatenate(tf.data.Dataset.from_tensors(tf.SparseTensor([[0]],[1.],[3]))).element_spec
list(tf.data.Dataset.from_tensor_slices(A).map(lambda s: s * 2.0))
tf.data.Dataset.from_tensor_slices(A).map(lambda s: s * 2.0).element_spec
tf.data.Dataset.from_tensor_slices(A).map(tf.sparse.to_dense).element_spec
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [], [3]])).map(lambda r: tf.reduce_sum(r)))
list(tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [], [3]])).batch(2).map(lambda r: r + 1))
tf.data.Dataset.from_tensor_slices(tf.ragged.constant([[1, 2], [], [3]])).batch(2).map(lambda r: r + 1).element_spec
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
        "T": tf.ragged.constant([["b", "a"], ["c"]]),
        "r": tf.ragged.constant([[1, 2], [], [3, 4, 5]]),
        "f": tf.ragged.constant([[1.0, 2.0], [], [3.0, 4.0, 5.0]]),
        "n": tf.ragged.constant([[[1], [2, 3]], [], [[4, 5, 6]]]),
        "nf": tf.ragged.constant([[[1.0], [2.0, 3.0]], [], [[4.0, 5.0, 6.0]]]),
        "u": tf.RaggedTensor.from_row_splits(
            tf.reshape(tf.range(6.0), [3, 2]), tf.constant([0, 1, 3], tf.int64)
        ),
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
    return value.decode("latin1") if isinstance(value, bytes) else value


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


def fitted(tf, np, kind):
    """The losses of two epochs on 50 sparse rows, given as a SparseTensor or a data set of them."""
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(50, 20)) * (rng.random((50, 20)) < 0.2)).astype("float32")
    y = rng.normal(size=(50, 1)).astype("float32")
    tf.keras.utils.set_random_seed(1)
    layers = [tf.keras.layers.Dense(4, activation="relu"), tf.keras.layers.Dense(1)]
    model = tf.keras.Sequential([tf.keras.Input((20,), sparse=True), *layers])
    model.compile("adam", "mse")
    data = tf.sparse.from_dense(x)
    if kind == "dataset":
        slices = tf.data.Dataset.from_tensor_slices((data, y)).batch(16)
        return model.fit(slices, epochs=2, verbose=0).history["loss"]
    return model.fit(data, y, epochs=2, batch_size=16, verbose=0).history["loss"]
