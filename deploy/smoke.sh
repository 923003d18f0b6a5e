#!/bin/sh
# Starts an image as it is to be run, and waits until its HEALTHCHECK says healthy: smoke.sh IMAGE slim|full
set -eu

image=$1
target=$2
id=slotwire-smoke-$$
trap 'docker rm --force --volumes $id $id-postgres >/dev/null 2>&1 || true; docker network rm $id >/dev/null 2>&1 || true' EXIT
docker network create "$id" >/dev/null

set -- --detach --name "$id" --network "$id" --read-only --cap-drop ALL --security-opt no-new-privileges
if [ "$target" = slim ]; then
  docker run --detach --name "$id-postgres" --network "$id" --env POSTGRES_PASSWORD=smoke postgres:18 >/dev/null
  set -- "$@" --env "DATABASE_URL=postgres://postgres:smoke@$id-postgres:5432/postgres" \
    --env "ADMIN_TOKEN=$(openssl rand -hex 24)" --env "ENCRYPTION_KEYS=$(openssl rand -base64 32)"
fi
docker run "$@" "$image" >/dev/null

tries=0
until [ "$(docker inspect --format '{{.State.Health.Status}}' "$id")" = healthy ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 120 ]; then
    docker logs "$id"
    exit 1
  fi
  sleep 1
done
docker exec "$id" node -e "fetch('http://127.0.0.1:4000/readyz').then((answer) => process.exit(answer.ok ? 0 : 1))"
