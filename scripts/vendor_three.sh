#!/usr/bin/env bash
# Makes src/myorun/view/web/static/vendor/three.min.js anew: what the page uses of three.js, as one module.
# Needs npm and a network; the result is kept in the repository, so nobody else does.
set -euo pipefail
THREE=0.187.0
ESBUILD=0.28.2
page=$(cd "$(dirname "$0")/../src/myorun/view/web/static" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

names=$(cat "$page"/*.js | tr '\n' ' ' | grep -oE 'import \{[^}]*\} from "./vendor/three.min.js"' |
  sed -E 's/import \{([^}]*)\}.*/\1/' | tr ', ' '\n' | sort -u | sed '/^$/d' | paste -sd,)
cd "$work"
npm install --silent --no-save --no-fund --no-audit "three@$THREE" "esbuild@$ESBUILD"
echo "export { $names } from 'three';" >entry.js
npx esbuild entry.js --bundle --format=esm --minify --legal-comments=inline --outfile="$page/vendor/three.min.js"
cp node_modules/three/LICENSE "$page/vendor/LICENSE.three"
