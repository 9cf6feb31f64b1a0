-- name: lock_lane(twin_id, direction)^
-- One writer at a time, so seeing the lane is holding it.
select state from lanes where twin_id = :twin_id and direction = :direction

-- name: lock_lease(twin_id, owner, epoch)^
select epoch from leases where twin_id = :twin_id and owner = :owner and epoch = :epoch

-- name: lock_claims()
-- One writer at a time: nobody else claims.
select 1

-- name: claimable(connection_id, now, busy, most)
select l.twin_id from lanes l
join leases s on s.twin_id = l.twin_id
where l.connection_id = :connection_id and l.state = 'ready' and l.due <= :now and s.until <= :now
    and l.twin_id not in (
        select t.id from twins t
        where t.connection_id = :connection_id and t.state <> 'ended' and t.local_key in (select value from json_each(:busy))
    )
order by l.due limit :most

-- name: lanes_of_twins(twin_ids)
select twin_id, direction, state, due from lanes
where twin_id in (select value from json_each(:twin_ids))
order by direction desc

-- name: take_leases(owner, until, twin_ids)
update leases set owner = :owner, until = :until, epoch = epoch + 1
where twin_id in (select value from json_each(:twin_ids))
returning twin_id, epoch
