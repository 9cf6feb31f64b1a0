-- name: create_lease(twin_id, connection_id)!
insert into leases (twin_id, connection_id, until, epoch) values (:twin_id, :connection_id, 0, 0)
on conflict do nothing

-- name: connections_due(now)
select c.id from connections c
where c.state = 'active' and exists (
    select 1 from lanes l where l.connection_id = c.id and l.state = 'ready' and l.due <= :now
)
order by c.id

-- name: busy_elsewhere(connection_id, now)
-- The items that other connections' twins are being worked on for.
select distinct t.local_key from leases s
join twins t on t.id = s.twin_id
where s.owner is not null and s.until > :now and s.connection_id <> :connection_id and t.local_key is not null

-- name: take_lease(owner, until, twin_id, now)^
update leases set owner = :owner, until = :until, epoch = epoch + 1
where twin_id = :twin_id and until <= :now
returning epoch

-- name: renew_lease(until, twin_id, owner, epoch)!
update leases set until = :until where twin_id = :twin_id and owner = :owner and epoch = :epoch

-- name: release_lease(twin_id, owner, epoch)!
update leases set owner = null, until = 0 where twin_id = :twin_id and owner = :owner and epoch = :epoch

-- name: revoke_lease(twin_id)!
update leases set owner = null, until = 0 where twin_id = :twin_id

-- name: release_every_lease()!
update leases set owner = null, until = 0 where owner is not null

-- name: next_due_free()
-- The first due time of each active connection among twins that nobody works on.
select c.id, (
    select l.due from lanes l
    join leases s on s.twin_id = l.twin_id
    where l.connection_id = c.id and l.state = 'ready' and s.owner is null
    order by l.due limit 1
)
from connections c where c.state = 'active'

-- name: next_due_leased()
-- Twins that somebody works on: if that worker died, their turn comes when the lease ends.
select c.id, min(case when l.due > s.until then l.due else s.until end)
from leases s
join lanes l on l.twin_id = s.twin_id and l.state = 'ready'
join connections c on c.id = l.connection_id and c.state = 'active'
where s.owner is not null
group by c.id
