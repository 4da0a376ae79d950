package postgres

import "context"

func (s *session) objects(_ context.Context) error { return nil }
