; The driver: runs a program's table of steps, and shares out the chunks of a step among threads.
;
; Program (i64 words): 0 table of steps, 1 number of steps, 2 bases of the caller's arrays,
;   3 number of arrays, 4 relocations, 5 number of relocations, 6 step that refused, 7 long (release
;   Python's lock while it runs), 8 pool, 9 the type of NumPy's arrays, 10 when signals were looked
;   for (nanoseconds), 11 Python's thread while its lock is released, 12 a signal's handler raised.
; Step (8 words): 0 kind, 1 function, 2 arguments, 3 chunks; loops: see @steps.
; Relocation (3 words): address of a pointer, number of the array, byte offset.
; Pool (bytes): 0 word (generation << 32 | chunks taken from the end << 16 | from the beginning),
;   64 chunks done, 128 function, 136 arguments, 144 chunks, 152 refused, 160 float mode,
;   192 sleepers, 256 busy, 320 mutex, 448 condition.

declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)
declare i32 @sched_yield()
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyLong_FromLong(i64)
declare i32 @PyErr_CheckSignals()
declare i32 @clock_gettime(i32, ptr)
{pause_declaration}
{mode_declarations}

; How this thread treats subnormal numbers, among other bits of its control register; to set it.
define internal i64 @float_mode() {
entry:
{read_mode}
  ret i64 %mode
}
define internal void @set_float_mode(i64 %mode) {
entry:
{write_mode}
  ret void
}

; Does chunks of the pool's job `generation` until there are none left: from the beginning where
; `step` is 1, from the end where it is 65536. So what a step has written is mostly read in the next
; by the same processor, in whose cache it lies.
define internal void @work(ptr %pool, i64 %generation, ptr %function, ptr %arguments, i64 %chunks, i64 %step) {
entry:
  %backwards = icmp ne i64 %step, 1
  %end = sub i64 %chunks, 1
  %done_at = getelementptr i8, ptr %pool, i64 64
  %refused_at = getelementptr i8, ptr %pool, i64 152
  br label %next
next:
  %word = load atomic i64, ptr %pool seq_cst, align 8
  %current = lshr i64 %word, 32
  %front = and i64 %word, 65535
  %shifted = lshr i64 %word, 16
  %back = and i64 %shifted, 65535
  %taken = add i64 %front, %back
  %same = icmp eq i64 %current, %generation
  %more = icmp ult i64 %taken, %chunks
  %go = and i1 %same, %more
  br i1 %go, label %claim, label %out
claim:
  %after = add i64 %word, %step
  %swap = cmpxchg ptr %pool, i64 %word, i64 %after seq_cst seq_cst
  %mine = extractvalue { i64, i1 } %swap, 1
  br i1 %mine, label %run, label %next
run:
  %last = sub i64 %end, %back
  %chunk = select i1 %backwards, i64 %last, i64 %front
  %status = call i32 %function(ptr %arguments, i64 %chunk)
  %bad = icmp ne i32 %status, 0
  br i1 %bad, label %refuse, label %finished
refuse:
  store atomic i64 1, ptr %refused_at seq_cst, align 8
  br label %finished
finished:
  %before = atomicrmw add ptr %done_at, i64 1 seq_cst
  br label %next
out:
  ret void
}

; A worker thread: waits for jobs, first spinning, then asleep.
define ptr @worker(ptr %pool) {
entry:
  %function_at = getelementptr i8, ptr %pool, i64 128
  %arguments_at = getelementptr i8, ptr %pool, i64 136
  %chunks_at = getelementptr i8, ptr %pool, i64 144
  %sleepers = getelementptr i8, ptr %pool, i64 192
  %mutex = getelementptr i8, ptr %pool, i64 320
  %condition = getelementptr i8, ptr %pool, i64 448
  %mode_at = getelementptr i8, ptr %pool, i64 160
  %first = load atomic i64, ptr %pool seq_cst, align 8
  %first_generation = lshr i64 %first, 32
  br label %wait
wait:
  %seen = phi i64 [ %first_generation, %entry ], [ %generation, %job ], [ %seen, %woken ]
  br label %spin
spin:
  %rounds = phi i64 [ 0, %wait ], [ %rounds_after, %again ]
  %word = load atomic i64, ptr %pool seq_cst, align 8
  %generation = lshr i64 %word, 32
  %new = icmp ne i64 %generation, %seen
  br i1 %new, label %job, label %again
again:
  {pause}
  %rounds_after = add i64 %rounds, 1
  %tired = icmp ugt i64 %rounds_after, {spins}
  br i1 %tired, label %sleep, label %spin
sleep:
  %l = call i32 @pthread_mutex_lock(ptr %mutex)
  %s = atomicrmw add ptr %sleepers, i64 1 seq_cst
  br label %check
check:
  %word2 = load atomic i64, ptr %pool seq_cst, align 8
  %generation2 = lshr i64 %word2, 32
  %new2 = icmp ne i64 %generation2, %seen
  br i1 %new2, label %woken, label %doze
doze:
  %w = call i32 @pthread_cond_wait(ptr %condition, ptr %mutex)
  br label %check
woken:
  %s2 = atomicrmw sub ptr %sleepers, i64 1 seq_cst
  %u = call i32 @pthread_mutex_unlock(ptr %mutex)
  br label %wait
job:
  %function = load atomic ptr, ptr %function_at seq_cst, align 8
  %arguments = load atomic ptr, ptr %arguments_at seq_cst, align 8
  %chunks = load atomic i64, ptr %chunks_at seq_cst, align 8
  %mode = load atomic i64, ptr %mode_at seq_cst, align 8
  call void @set_float_mode(i64 %mode)
  call void @work(ptr %pool, i64 %generation, ptr %function, ptr %arguments, i64 %chunks, i64 65536)
  br label %wait
}

; All chunks of one kernel on this thread; returns the first status that is not 0.
define internal i32 @alone(ptr %function, ptr %arguments, i64 %chunks) {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %n, %good ]
  %status = call i32 %function(ptr %arguments, i64 %i)
  %ok = icmp eq i32 %status, 0
  br i1 %ok, label %good, label %out
good:
  %n = add i64 %i, 1
  %more = icmp ult i64 %n, %chunks
  br i1 %more, label %loop, label %out
out:
  ret i32 %status
}

; All chunks of one kernel, shared with the pool's workers unless another program is using them.
define internal i32 @together(ptr %pool, ptr %function, ptr %arguments, i64 %chunks) {
entry:
  %busy_at = getelementptr i8, ptr %pool, i64 256
  %took = cmpxchg ptr %busy_at, i64 0, i64 1 seq_cst seq_cst
  %free = extractvalue { i64, i1 } %took, 1
  br i1 %free, label %publish, label %serial
serial:
  %r = call i32 @alone(ptr %function, ptr %arguments, i64 %chunks)
  ret i32 %r
publish:
  %done_at = getelementptr i8, ptr %pool, i64 64
  %function_at = getelementptr i8, ptr %pool, i64 128
  %arguments_at = getelementptr i8, ptr %pool, i64 136
  %chunks_at = getelementptr i8, ptr %pool, i64 144
  %refused_at = getelementptr i8, ptr %pool, i64 152
  %mode_at = getelementptr i8, ptr %pool, i64 160
  %sleepers_at = getelementptr i8, ptr %pool, i64 192
  %mutex = getelementptr i8, ptr %pool, i64 320
  %condition = getelementptr i8, ptr %pool, i64 448
  store atomic i64 0, ptr %done_at seq_cst, align 8
  store atomic i64 0, ptr %refused_at seq_cst, align 8
  store atomic ptr %function, ptr %function_at seq_cst, align 8
  store atomic ptr %arguments, ptr %arguments_at seq_cst, align 8
  store atomic i64 %chunks, ptr %chunks_at seq_cst, align 8
  %mode = call i64 @float_mode()
  store atomic i64 %mode, ptr %mode_at seq_cst, align 8
  %word = load atomic i64, ptr %pool seq_cst, align 8
  %old = lshr i64 %word, 32
  %grown = add i64 %old, 1
  %generation = and i64 %grown, 4294967295
  %fresh = shl i64 %generation, 32
  store atomic i64 %fresh, ptr %pool seq_cst, align 8
  %sleepers = load atomic i64, ptr %sleepers_at seq_cst, align 8
  %any = icmp ne i64 %sleepers, 0
  br i1 %any, label %wake, label %mine
wake:
  %l = call i32 @pthread_mutex_lock(ptr %mutex)
  %b = call i32 @pthread_cond_broadcast(ptr %condition)
  %u = call i32 @pthread_mutex_unlock(ptr %mutex)
  br label %mine
mine:
  call void @work(ptr %pool, i64 %generation, ptr %function, ptr %arguments, i64 %chunks, i64 1)
  br label %wait
wait:
  %rounds = phi i64 [ 0, %mine ], [ %rounds_after, %again ]
  %done = load atomic i64, ptr %done_at seq_cst, align 8
  %all = icmp uge i64 %done, %chunks
  br i1 %all, label %end, label %pause
pause:
  {pause}
  %rounds_after = add i64 %rounds, 1
  %slow = and i64 %rounds_after, 1023
  %yield = icmp eq i64 %slow, 0
  br i1 %yield, label %give, label %again
give:
  %y = call i32 @sched_yield()
  br label %again
again:
  br label %wait
end:
  %refused = load atomic i64, ptr %refused_at seq_cst, align 8
  store atomic i64 0, ptr %busy_at seq_cst, align 8
  %status = trunc i64 %refused to i32
  ret i32 %status
}

; A time in nanoseconds.
define internal i64 @now() {
entry:
  %time = alloca [2 x i64]
  %c = call i32 @clock_gettime(i32 {clock}, ptr %time)
  %nanoseconds_at = getelementptr i8, ptr %time, i64 8
  %seconds = load i64, ptr %time
  %nanoseconds = load i64, ptr %nanoseconds_at
  %scaled = mul i64 %seconds, 1000000000
  %now = add i64 %scaled, %nanoseconds
  ret i64 %now
}

; Lets Python run the handlers of signals that came in; returns 0, or 1 where one of them raised.
; Only for long programs, which have released Python's lock, and their variables are claimed.
define internal i32 @signals(ptr %program) {
entry:
  %state_at = getelementptr i8, ptr %program, i64 88
  %raised_at = getelementptr i8, ptr %program, i64 96
  %state = load ptr, ptr %state_at
  call void @PyEval_RestoreThread(ptr %state)
  %status = call i32 @PyErr_CheckSignals()
  %raised = icmp ne i32 %status, 0
  %bit = zext i1 %raised to i64
  store i64 %bit, ptr %raised_at
  %again = call ptr @PyEval_SaveThread()
  store ptr %again, ptr %state_at
  %result = zext i1 %raised to i32
  ret i32 %result
}

; The same in a loop, which may belong to a short program: unless it was done a short time ago.
define internal i32 @signals_now_and_then(ptr %program) {
entry:
  %last_at = getelementptr i8, ptr %program, i64 80
  %long_at = getelementptr i8, ptr %program, i64 56
  %long = load i64, ptr %long_at
  %short = icmp eq i64 %long, 0
  br i1 %short, label %out, label %ask
ask:
  %now = call i64 @now()
  %last = load i64, ptr %last_at
  %passed = sub i64 %now, %last
  %due = icmp ugt i64 %passed, {patience}
  br i1 %due, label %look, label %out
look:
  store i64 %now, ptr %last_at
  %status = call i32 @signals(ptr %program)
  ret i32 %status
out:
  ret i32 0
}

; Steps [begin, end) of a table; returns 0, or 1 after the step that refused, noted in the program.
; Kind 0: a kernel. Kind 1, a loop: 1 number of steps of its body, which follow it, 2 moves,
; 3 rounds, 4 number of moves; a move is (address of a pointer, start, bytes a round).
; Loops look for signals in each round whose number has all the bits of word 5. While a loop runs,
; the bits of word 6 are set in the float mode.
; Kind 2, a loop while: the body follows; 1 number of its steps, 2 address of a pointer to the
; boolean condition, 4 number of steps of the body that compute the condition, at its start.
; Kind 3, a branch: 1 steps of the first branch, 2 address of a pointer to the condition, 4 steps
; of the second branch, which follows the first. Kind 4: a NumPy step, called with Python's help.
; What it returns is worth nothing if a signal ends it early: it clears the number at address 4.
define internal i32 @steps(ptr %program, ptr %table, i64 %begin, i64 %end, ptr %pool) {
entry:
  %some = icmp ult i64 %begin, %end
  br i1 %some, label %loop, label %good
loop:
  %i = phi i64 [ %begin, %entry ], [ %following, %next ]
  %at = mul i64 %i, 64
  %step = getelementptr i8, ptr %table, i64 %at
  %kind = load i64, ptr %step
  %function_at = getelementptr i8, ptr %step, i64 8
  %arguments_at = getelementptr i8, ptr %step, i64 16
  %chunks_at = getelementptr i8, ptr %step, i64 24
  %count_at = getelementptr i8, ptr %step, i64 32
  %function = load ptr, ptr %function_at
  %body = load i64, ptr %function_at
  %arguments = load ptr, ptr %arguments_at
  %chunks = load i64, ptr %chunks_at
  %count = load i64, ptr %count_at
  %often_at = getelementptr i8, ptr %step, i64 40
  %often = load i64, ptr %often_at
  %plus = add i64 %i, 1
  %behind = add i64 %plus, %body
  switch i64 %kind, label %kernel [
    i64 1, label %repeat i64 2, label %while i64 3, label %branch i64 4, label %call
  ]
kernel:
  %parallel = icmp ugt i64 %chunks, 1
  br i1 %parallel, label %many, label %one
one:
  %status1 = call i32 %function(ptr %arguments, i64 0)
  br label %ran
many:
  %status2 = call i32 @together(ptr %pool, ptr %function, ptr %arguments, i64 %chunks)
  br label %ran
ran:
  %status = phi i32 [ %status1, %one ], [ %status2, %many ]
  %ok = icmp eq i32 %status, 0
  br i1 %ok, label %next, label %refuse
call:
  %unfinished_at = inttoptr i64 %count to ptr
  %call_raised = call i32 @signals(ptr %program)
  %call_quiet = icmp eq i32 %call_raised, 0
  br i1 %call_quiet, label %python, label %failed
python:
  store i64 1, ptr %unfinished_at
  call void %function(ptr %arguments, i64 0)
  %unfinished = load i64, ptr %unfinished_at
  %returned = icmp eq i64 %unfinished, 0
  br i1 %returned, label %next, label %refuse
refuse:
  %step_at = getelementptr i8, ptr %program, i64 48
  store i64 %i, ptr %step_at
  ret i32 1

repeat:
  %none = icmp eq i64 %chunks, 0
  br i1 %none, label %next, label %rounds
rounds:
  %bits_at = getelementptr i8, ptr %step, i64 48
  %bits = load i64, ptr %bits_at
  %mode = call i64 @float_mode()
  %mode_of_loop = or i64 %mode, %bits
  call void @set_float_mode(i64 %mode_of_loop)
  br label %round
round:
  %r = phi i64 [ 0, %rounds ], [ %r_after, %round_end ]
  %no_moves = icmp eq i64 %count, 0
  br i1 %no_moves, label %go, label %move
move:
  %m = phi i64 [ 0, %round ], [ %m_after, %move ]
  %m_at = mul i64 %m, 24
  %entry_at = getelementptr i8, ptr %arguments, i64 %m_at
  %start_at = getelementptr i8, ptr %entry_at, i64 8
  %by_at = getelementptr i8, ptr %entry_at, i64 16
  %slot = load ptr, ptr %entry_at
  %start = load i64, ptr %start_at
  %by = load i64, ptr %by_at
  %moved = mul i64 %by, %r
  %address = add i64 %start, %moved
  store i64 %address, ptr %slot
  %m_after = add i64 %m, 1
  %m_more = icmp ult i64 %m_after, %count
  br i1 %m_more, label %move, label %go
go:
  %inner = call i32 @steps(ptr %program, ptr %table, i64 %plus, i64 %behind, ptr %pool)
  %inner_ok = icmp eq i32 %inner, 0
  br i1 %inner_ok, label %round_done, label %round_failed
round_done:
  %r_bits = and i64 %r, %often
  %r_look = icmp eq i64 %r_bits, %often
  br i1 %r_look, label %r_signals, label %round_end
r_signals:
  %r_raised = call i32 @signals_now_and_then(ptr %program)
  %r_quiet = icmp eq i32 %r_raised, 0
  br i1 %r_quiet, label %round_end, label %round_failed
round_end:
  %r_after = add i64 %r, 1
  %r_more = icmp ult i64 %r_after, %chunks
  br i1 %r_more, label %round, label %rounds_over
rounds_over:
  call void @set_float_mode(i64 %mode)
  br label %next
round_failed:
  call void @set_float_mode(i64 %mode)
  br label %failed

while:
  %w = phi i64 [ 0, %loop ], [ %w_after, %turn_end ]
  %head_end = add i64 %plus, %count
  %c_status = call i32 @steps(ptr %program, ptr %table, i64 %plus, i64 %head_end, ptr %pool)
  %c_ok = icmp eq i32 %c_status, 0
  br i1 %c_ok, label %decide, label %failed
decide:
  %flag_slot = load ptr, ptr %arguments
  %flag = load i8, ptr %flag_slot
  %true = icmp ne i8 %flag, 0
  br i1 %true, label %turn, label %next
turn:
  %b_status = call i32 @steps(ptr %program, ptr %table, i64 %head_end, i64 %behind, ptr %pool)
  %b_ok = icmp eq i32 %b_status, 0
  br i1 %b_ok, label %turn_done, label %failed
turn_done:
  %w_bits = and i64 %w, %often
  %w_look = icmp eq i64 %w_bits, %often
  br i1 %w_look, label %w_signals, label %turn_end
w_signals:
  %w_raised = call i32 @signals_now_and_then(ptr %program)
  %w_quiet = icmp eq i32 %w_raised, 0
  br i1 %w_quiet, label %turn_end, label %failed
turn_end:
  %w_after = add i64 %w, 1
  br label %while

branch:
  %pred_slot = load ptr, ptr %arguments
  %pred = load i8, ptr %pred_slot
  %taken = icmp ne i8 %pred, 0
  %other_end = add i64 %behind, %count
  %low = select i1 %taken, i64 %plus, i64 %behind
  %high = select i1 %taken, i64 %behind, i64 %other_end
  %branch_status = call i32 @steps(ptr %program, ptr %table, i64 %low, i64 %high, ptr %pool)
  %branch_ok = icmp eq i32 %branch_status, 0
  br i1 %branch_ok, label %branch_done, label %failed
branch_done:
  %both = add i64 %body, %count
  br label %next

next:
  %skip = phi i64 [ 0, %ran ], [ 0, %python ], [ %body, %repeat ], [ %body, %rounds_over ], [ %body, %decide ], [ %both, %branch_done ]
  %following = add i64 %plus, %skip
  %more = icmp ult i64 %following, %end
  br i1 %more, label %loop, label %good
failed:
  ret i32 1
good:
  ret i32 0
}

; Points a program at the caller's arrays and runs it; returns the status.
define i32 @run(ptr %program, ptr %pool) {
entry:
  %table_at = getelementptr i8, ptr %program, i64 0
  %steps_at = getelementptr i8, ptr %program, i64 8
  %bases_at = getelementptr i8, ptr %program, i64 16
  %relocations_at = getelementptr i8, ptr %program, i64 32
  %count_at = getelementptr i8, ptr %program, i64 40
  %table = load ptr, ptr %table_at
  %steps = load i64, ptr %steps_at
  %bases = load ptr, ptr %bases_at
  %relocations = load ptr, ptr %relocations_at
  %count = load i64, ptr %count_at
  %any = icmp ne i64 %count, 0
  br i1 %any, label %loop, label %go
loop:
  %i = phi i64 [ 0, %entry ], [ %n, %loop ]
  %offset = mul i64 %i, 24
  %at = getelementptr i8, ptr %relocations, i64 %offset
  %number_at = getelementptr i8, ptr %at, i64 8
  %bytes_at = getelementptr i8, ptr %at, i64 16
  %slot = load ptr, ptr %at
  %number = load i64, ptr %number_at
  %bytes = load i64, ptr %bytes_at
  %base_at = getelementptr i64, ptr %bases, i64 %number
  %base = load i64, ptr %base_at
  %address = add i64 %base, %bytes
  store i64 %address, ptr %slot
  %n = add i64 %i, 1
  %more = icmp ult i64 %n, %count
  br i1 %more, label %loop, label %go
go:
  %status = call i32 @steps(ptr %program, ptr %table, i64 0, i64 %steps, ptr %pool)
  ret i32 %status
}

; A Python function: execute(program, *arrays) -> 0 done, 1 a step refused, 2 an array is not a
; contiguous ndarray, 3 this thread is running the program already (nothing was run). It raises what
; the handler of a signal raised.
define ptr @execute(ptr %self, ptr %arguments, i64 %count) {
entry:
  %handle = load ptr, ptr %arguments
  %handle_at = getelementptr i8, ptr %handle, i64 {data}
  %program = load ptr, ptr %handle_at
  %thread_at = getelementptr i8, ptr %program, i64 88
  %thread = load i64, ptr %thread_at
  %idle = icmp eq i64 %thread, 0
  br i1 %idle, label %begin, label %nested
nested:
  %three = call ptr @PyLong_FromLong(i64 3)
  ret ptr %three
begin:
  %pool_at = getelementptr i8, ptr %program, i64 64
  %pool = load ptr, ptr %pool_at
  %bases_at = getelementptr i8, ptr %program, i64 16
  %bases = load ptr, ptr %bases_at
  %ndarray_at = getelementptr i8, ptr %program, i64 72
  %ndarray = load i64, ptr %ndarray_at
  %some = icmp ugt i64 %count, 1
  br i1 %some, label %loop, label %go
loop:
  %i = phi i64 [ 1, %begin ], [ %n, %next ]
  %item_at = getelementptr ptr, ptr %arguments, i64 %i
  %item = load ptr, ptr %item_at
  %type_at = getelementptr i8, ptr %item, i64 {type}
  %type = load i64, ptr %type_at
  %is_array = icmp eq i64 %type, %ndarray
  br i1 %is_array, label %flags, label %bad
flags:
  %flags_at = getelementptr i8, ptr %item, i64 {flags}
  %flag_bits = load i32, ptr %flags_at
  %wanted = and i32 %flag_bits, 257
  %fits = icmp eq i32 %wanted, 257
  br i1 %fits, label %next, label %bad
next:
  %data_at = getelementptr i8, ptr %item, i64 {data}
  %data = load i64, ptr %data_at
  %k = sub i64 %i, 1
  %base_at = getelementptr i64, ptr %bases, i64 %k
  store i64 %data, ptr %base_at
  %n = add i64 %i, 1
  %more = icmp ult i64 %n, %count
  br i1 %more, label %loop, label %go
go:
  %long_at = getelementptr i8, ptr %program, i64 56
  %long = load i64, ptr %long_at
  %release = icmp ne i64 %long, 0
  br i1 %release, label %outside, label %inside
outside:
  %state = call ptr @PyEval_SaveThread()
  store ptr %state, ptr %thread_at
  %looked_at = getelementptr i8, ptr %program, i64 80
  %start = call i64 @now()
  store i64 %start, ptr %looked_at
  %status1 = call i32 @run(ptr %program, ptr %pool)
  %state_now = load ptr, ptr %thread_at
  call void @PyEval_RestoreThread(ptr %state_now)
  store i64 0, ptr %thread_at
  br label %end
inside:
  %status2 = call i32 @run(ptr %program, ptr %pool)
  br label %end
end:
  %status = phi i32 [ %status1, %outside ], [ %status2, %inside ]
  %raised_at = getelementptr i8, ptr %program, i64 96
  %raised = load i64, ptr %raised_at
  %quiet = icmp eq i64 %raised, 0
  br i1 %quiet, label %answer, label %raise
raise:
  store i64 0, ptr %raised_at
  ret ptr null
answer:
  %wide = zext i32 %status to i64
  %result = call ptr @PyLong_FromLong(i64 %wide)
  ret ptr %result
bad:
  %two = call ptr @PyLong_FromLong(i64 2)
  ret ptr %two
}
