-- name: create_lane(twin_id, direction, connection_id)!
insert into lanes (twin_id, direction, connection_id, state, attempts, last_sequence)
values (:twin_id, :direction, :connection_id, 'idle', 0, 0)
on conflict do nothing

-- name: lane(twin_id, direction)^
select l.twin_id, l.connection_id, l.direction, l.state, l.due, l.attempts, l.cause, l.last_sequence, a.message
from lanes l
left join answers a on a.twin_id = l.twin_id and l.direction = 'in'
where l.twin_id = :twin_id and l.direction = :direction

-- name: every_lane()
select l.twin_id, l.connection_id, l.direction, l.state, l.due, l.attempts, l.cause, l.last_sequence, a.message
from lanes l
left join answers a on a.twin_id = l.twin_id and l.direction = 'in'
order by l.connection_id, l.twin_id, l.direction

-- name: busy_lanes()
select l.twin_id, l.connection_id, l.direction, l.state, l.due, l.attempts, l.cause, l.last_sequence, a.message
from lanes l
left join answers a on a.twin_id = l.twin_id and l.direction = 'in'
where l.state <> 'idle'
order by l.connection_id, l.twin_id, l.direction

-- name: lanes_of(connection_id)
select l.twin_id, l.connection_id, l.direction, l.state, l.due, l.attempts, l.cause, l.last_sequence, a.message
from lanes l
left join answers a on a.twin_id = l.twin_id and l.direction = 'in'
where l.connection_id = :connection_id
order by l.twin_id, l.direction

-- name: busy_lanes_of(connection_id)
select l.twin_id, l.connection_id, l.direction, l.state, l.due, l.attempts, l.cause, l.last_sequence, a.message
from lanes l
left join answers a on a.twin_id = l.twin_id and l.direction = 'in'
where l.connection_id = :connection_id and l.state <> 'idle'
order by l.twin_id, l.direction

-- name: count_busy(connection_id)$
select count(*) from lanes where connection_id = :connection_id and state = 'ready'

-- name: last_sequence(twin_id, direction)$
select last_sequence from lanes where twin_id = :twin_id and direction = :direction

-- name: raise_sequence(sequence, twin_id, direction)!
update lanes set last_sequence = :sequence
where twin_id = :twin_id and direction = :direction and last_sequence < :sequence

-- name: take_sequence(sequence, now, twin_id)!
-- Decides whether a request is the next one, and makes its lane due if it is.
update lanes
set last_sequence = :sequence, state = 'ready',
    due = case when state = 'ready' and due < :now then due else :now end
where twin_id = :twin_id and direction = 'in' and last_sequence = :sequence - 1

-- name: make_due(now, twin_id, direction)!
update lanes set state = 'ready', due = :now
where twin_id = :twin_id and direction = :direction and (state <> 'ready' or due > :now)

-- name: wake_for_event(now, twin_id)!
-- An out lane whose head was composed already and that waits keeps its due time, unless the other side has it and can't
-- apply it: then the news may take its place. A blocked in lane tries again too,
-- for what its request waits for may just have been mended here.
update lanes set state = 'ready', due = :now
where twin_id = :twin_id and (
    direction = 'in' and state = 'blocked'
    or direction = 'out' and (
        state <> 'ready'
        or due > :now and (
            select e.stage = 'queued' or e.stage = 'sent' and cause is not null from entries e
            where e.twin_id = :twin_id and e.direction = 'out' order by e.position limit 1
        )
    )
)

-- name: settle_lane(due, twin_id, direction)!
update lanes set state = 'ready', due = :due, attempts = 0, cause = null
where twin_id = :twin_id and direction = :direction

-- name: idle_if_empty(twin_id, direction)!
update lanes set state = 'idle', due = null, attempts = 0, cause = null
where twin_id = :twin_id and direction = :direction and state <> 'idle'
    and not exists (select 1 from entries e where e.twin_id = :twin_id and e.direction = :direction)

-- name: back_off(due, cause, twin_id, direction)!
update lanes set state = 'ready', due = :due, attempts = attempts + 1, cause = :cause
where twin_id = :twin_id and direction = :direction

-- name: block(cause, twin_id, direction)!
update lanes set state = 'blocked', due = null, cause = :cause
where twin_id = :twin_id and direction = :direction

-- name: answer(twin_id)^
select sequence, message from answers where twin_id = :twin_id

-- name: put_answer(twin_id, sequence, message)!
insert into answers (twin_id, sequence, message) values (:twin_id, :sequence, :message)
on conflict (twin_id) do update set sequence = excluded.sequence, message = excluded.message
