-- name: add_history(at, connection_id, twin_id, step, body)!
insert into history (at, connection_id, twin_id, step, body)
values (:at, :connection_id, :twin_id, :step, :body)

-- name: history_of_twin(twin_id, most)
select at, connection_id, twin_id, step, body from history
where twin_id = :twin_id order by at desc, id desc limit :most

-- name: history_of_connection(connection_id, most)
select at, connection_id, twin_id, step, body from history
where connection_id = :connection_id order by at desc, id desc limit :most

-- name: all_history(most)
select at, connection_id, twin_id, step, body from history order by at desc, id desc limit :most

-- name: count_history(connection_id, step, since)$
select count(*) from history where connection_id = :connection_id and step = :step and at >= :since

-- name: last_recorded(connection_id, step)$
select max(at) from history where connection_id = :connection_id and step = :step

-- name: delete_history(before)!
delete from history where at < :before
