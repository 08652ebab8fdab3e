// Command json-mock is a stand-in of the lab for quay.io/cilium/json-mock, the client Pod of Cilium's
// demos. It serves the original's default data on the original's port, read-only:
//
//	GET /            200, an overview
//	GET /public      200, a list
//	GET /public/1    200, one entry
//	anything else    404 with an empty JSON object
//
// PORT changes the port, as it does in the original.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

type entry struct {
	ID   int    `json:"id"`
	Body string `json:"body"`
}

var collections = map[string][]entry{
	"private": {{ID: 1, Body: "secret information"}},
	"public":  {{ID: 1, Body: "public information"}},
}

func main() {
	server := &http.Server{
		Addr:              ":" + cmp.Or(os.Getenv("PORT"), "80"),
		Handler:           handler(),
		ReadHeaderTimeout: 10 * time.Second,
	}
	if err := server.ListenAndServe(); err != nil {
		fmt.Fprintf(os.Stderr, "json-mock cannot serve on %s: %v\n", server.Addr, err)
		os.Exit(1)
	}
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, collections)
	})
	mux.HandleFunc("GET /{collection}", func(w http.ResponseWriter, r *http.Request) {
		if entries, ok := collections[r.PathValue("collection")]; ok {
			answer(w, http.StatusOK, entries)
			return
		}
		notFound(w)
	})
	mux.HandleFunc("GET /{collection}/{id}", func(w http.ResponseWriter, r *http.Request) {
		for _, one := range collections[r.PathValue("collection")] {
			if strconv.Itoa(one.ID) == r.PathValue("id") {
				answer(w, http.StatusOK, one)
				return
			}
		}
		notFound(w)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { notFound(w) })
	return mux
}

func notFound(w http.ResponseWriter) {
	answer(w, http.StatusNotFound, struct{}{})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client went away: nobody is left to tell
}
