// Package browser starts headless Chromium for tests that need a real browser.
package browser

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// Start runs one Chromium with a profile of its own for the length of the test
// and answers a chromedp context with its first tab; Tab opens further ones.
// The program is the one that CONGA_CHROMIUM names, or the first that is found
// in PATH and the usual places. Without any the test fails: it is never skipped.
func Start(t testing.TB) context.Context {
	t.Helper()
	program := Find()
	if program == "" {
		t.Fatal("find chromium: install it (apt-get install chromium) or set CONGA_CHROMIUM to its path")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.DisableGPU,
		chromedp.NoSandbox, // tests run as root in containers, and load only their own pages
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("no-proxy-server", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(func() {
		limited, done := context.WithTimeout(ctx, 10*time.Second)
		defer done()
		if err := chromedp.Cancel(limited); err != nil {
			t.Logf("close chromium: %v", err)
		}
		cancel()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v (set CONGA_CHROMIUM to another program)", program, err)
	}
	return ctx
}

// Tab opens a new tab, with cookies and storage of its own, in the browser of a
// context from Start. It is closed at the end of the test.
func Tab(t testing.TB, browser context.Context) context.Context {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open tab: %v", err)
	}
	return ctx
}

// Find answers the path of a Chromium or Chrome program, or "" when there is none.
func Find() string {
	if named := os.Getenv("CONGA_CHROMIUM"); named != "" {
		return named
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
		"/usr/bin/chromium", "/usr/lib/chromium/chromium", "/opt/google/chrome/chrome", "/headless-shell/headless-shell",
		"/Applications/Chromium.app/Contents/MacOS/Chromium",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
