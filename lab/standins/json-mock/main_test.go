package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestAnswersJSONWithTheStatusOfTheOriginal(t *testing.T) {
	cases := []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", http.StatusOK},
		{http.MethodGet, "/public", http.StatusOK},
		{http.MethodGet, "/private/1", http.StatusOK},
		{http.MethodGet, "/private/2", http.StatusNotFound},
		{http.MethodGet, "/elsewhere", http.StatusNotFound},
		{http.MethodPost, "/public", http.StatusNotFound},
	}
	for _, c := range cases {
		recorder := httptest.NewRecorder()
		handler().ServeHTTP(recorder, httptest.NewRequest(c.method, c.path, nil))
		if recorder.Code != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, recorder.Code, c.status)
		}
		if got := recorder.Header().Get("Content-Type"); got != "application/json; charset=utf-8" {
			t.Errorf("%s %s: content type %q", c.method, c.path, got)
		}
	}
}
