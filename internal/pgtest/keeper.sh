# The keeper of one test server: it owns the folder $1, runs the binaries in
# $2 and obeys the commands on its stdin, one a line, answering each with "ok"
# or "failed" on its stdout. When stdin ends, because the test process closed
# it or is gone, for whatever reason, the server stops and the folder goes.
dir=$1 bin=$2 ctype=$3

# Signals only end the reading: the way out is always through the last lines.
# PIPE is among them: the one who waited for an answer may be gone.
trap : INT TERM HUP PIPE

quietly() {
	"$@" </dev/null >>"$dir/log" 2>&1
}

init() {
	quietly "$bin/initdb" --pgdata="$dir/data" --username=postgres --auth=trust \
		--encoding=UTF8 --lc-collate=C --lc-ctype="$ctype" --no-sync &&
		cat >>"$dir/data/postgresql.conf" <<-CONF
			listen_addresses = ''
			unix_socket_directories = '$dir'
			max_connections = 300
			timezone = 'UTC'
			# The data need not outlive the machine, only the server.
			fsync = off
			synchronous_commit = off
			full_page_writes = off
		CONF
}

ctl() {
	quietly "$bin/pg_ctl" --pgdata="$dir/data" --wait --timeout=60 --silent "$@"
}

while read -r command; do
	case $command in
	init) init ;;
	start) ctl --log="$dir/log" start ;;
	stop) ctl --mode=fast stop ;;
	kill) ctl --mode=immediate stop ;;
	*) false ;;
	esac && echo ok || echo failed
done

[ -e "$dir/data/postmaster.pid" ] && ctl --mode=immediate stop
rm -rf "$dir"
