// Command reach says of each HOST:PORT whether it can be reached from here by its name; any that cannot makes it fail.
package main

import (
	"fmt"
	"net"
	"os"
	"time"
)

func main() {
	failed := 0
	for _, address := range os.Args[1:] {
		connection, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			fmt.Println(address, "failed:", err)
			failed = 1
			continue
		}
		fmt.Println(address, "reached at", connection.RemoteAddr())
		connection.Close()
	}
	os.Exit(failed)
}
