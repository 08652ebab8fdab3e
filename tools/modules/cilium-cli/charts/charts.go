// Package helm stands where github.com/cilium/charts stands in the cilium CLI's build. That module
// holds every chart ever released and is too large for the module proxy; this one embeds the charts
// that the build packs from the pinned cilium modules.
package helm

import "embed"

//go:embed *.tgz
var HelmFS embed.FS
