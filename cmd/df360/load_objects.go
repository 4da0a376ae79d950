package main

import "github.com/kalpafall/df360/warehouse"

// objects are the indexes and views that df360.yaml declares.
func (a *app) objects() (warehouse.Objects, error) { return warehouse.Objects{}, nil }
