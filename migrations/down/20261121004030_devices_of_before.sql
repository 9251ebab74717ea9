-- What was invalidated stays so: nothing tells it from what an app would register again.
select 1;
